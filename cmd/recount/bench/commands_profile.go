package bench

// profiled does something, and writes profiles of this process meanwhile, if
// there is a folder for them.
func profiled(folder, name string, do func() error) error {
	r := fanoutRun{config: &FanoutConfig{Profile: folder}}

	return r.profiled(name, do)
}
