//go:build unix

package port

import "syscall"

// doNotBlock keeps opening a pipe that nobody reads, or a printer that is off, from waiting for ever.
const doNotBlock = syscall.O_NONBLOCK
