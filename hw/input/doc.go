// Package input owns the keyboard and the mouse: pressing keys and clicking for the engine (keys.Hands),
// and hearing hot-keys and a scanner that types, while another program has the focus (keys.Ears).
//
// It promises that what is not a scan reaches the program in front whole and in order, that its own keys
// never trigger its own hot-keys, that it never presses into another window than the one asked for, and
// that its end, however sudden, gives the keyboard back. What a key or a scan means is left to others.
package input
