// Package disktest puts a test between SQLite and the disk: a layer sees every write, cut, flush, removal
// and opening of the files below one folder, may note it down, and may make it fail as a disk does. Trace
// keeps what it saw and rebuilds what a power cut could have left at any moment of it.
//
// It promises that files outside the folders of its layers are served as if it were not there, and that
// the program under test opens its book exactly as it always does. No program imports it but tests. What
// must hold after a fault is left to them.
package disktest
