// Package client reads, follows and appends to a Recount over HTTP.
//
//	c, err := client.New("http://127.0.0.1:4000", client.Options{Token: token})
//	receipt, err := c.Append(ctx, "meeting:42", client.Anything(), draft)
//	for page, err := range c.Follow(ctx, "meeting:42", client.Place{}) { … }
//
// A cut connection is not the caller's concern: an append whose answer was lost
// is sent again with the same IDs, so it is recorded once, and whoever follows
// goes on where they were, without gap or repeat. Errors have the code of package
// fault that the server gave; errors.AsType[*client.Error] has the rest.
//
// To test a program that uses it, give it the URL of an httptest.Server with the
// handler of a Recount in memory.
package client
