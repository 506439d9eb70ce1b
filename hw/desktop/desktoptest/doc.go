// Package desktoptest gives tests a desktop of their own: a virtual display, and the practice POS on it.
// Tests are skipped, and say why, where the programs for a display are not installed. On Windows there
// is no display in memory and the package is empty.
package desktoptest
