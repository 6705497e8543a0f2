// Package storetest is the conformance suite of package store: it turns the
// sentences of the contract into cases, and runs all of them, without an
// exception, against a backend.
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
//
//	func TestConformance(t *testing.T) {
//		t.Parallel()
//		storetest.Run(t, func(t *testing.T) store.Backend { return memory.New() })
//	}
//
// Every case gets a store of its own, and closes it at its end. The store has to
// be empty and to have the default limits. Cases run in parallel; nothing in
// them waits for a time to pass, and a call that hangs fails its case after half
// a minute.
//
// What a case prints when it fails begins with the sentence of the contract
// that did not hold. What happens when the power fails is beyond this suite: a
// backend that keeps files proves that itself.
package storetest
