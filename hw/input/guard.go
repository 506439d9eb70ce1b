package input

import "io"

// StandGuard waits until the program that started this one has ended, by whatever end, and lets go of the
// modifiers that it left down. in is the pipe that came with the start.
func StandGuard(in io.Reader) {
	_, _ = io.Copy(io.Discard, in) // its end is the message
	letModifiersUp()
}
