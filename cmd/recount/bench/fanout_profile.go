package bench

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profiled does something, and writes profiles of this process's CPU time and
// memory meanwhile, if there is a folder for them.
func (r *fanoutRun) profiled(name string, do func() error) (err error) {
	if r.config.Profile == "" {
		return do()
	}

	file, err := os.Create(filepath.Join(r.config.Profile, name+".cpu.pprof"))
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, file.Close()) }()

	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}

	err = do()

	pprof.StopCPUProfile()

	return errors.Join(err, r.heapProfile(name))
}

// heapProfile writes what the process has allocated.
func (r *fanoutRun) heapProfile(name string) (err error) {
	file, err := os.Create(filepath.Join(r.config.Profile, name+".heap.pprof"))
	if err != nil {
		return err
	}

	defer func() { err = errors.Join(err, file.Close()) }()

	return pprof.Lookup("allocs").WriteTo(file, 0)
}
