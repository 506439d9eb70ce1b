package script

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"
)

// limitMemory bounds the private writable memory of this process to what it has now plus most bytes.
// RLIMIT_DATA counts exactly that; RLIMIT_AS would count the address space that Go reserves and never uses.
func limitMemory(most uint64) error {
	now, err := dataSize()
	if err != nil {
		return err
	}
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: now + most, Max: now + most})
}

// dataSize gives the bytes that count against RLIMIT_DATA: the sixth number of statm, in pages.
func dataSize() (uint64, error) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(statm)
	const data = 5
	if len(fields) <= data {
		return 0, os.ErrInvalid
	}
	pages, err := strconv.ParseUint(string(fields[data]), 10, 64)
	return pages * uint64(os.Getpagesize()), err
}

// quiet has nothing to hide on this system.
func quiet(*exec.Cmd) {}
