// Package screen owns the eye and the reader: grabbing a rectangle of the screen, and turning the picture
// of a line into text with tesseract.
//
// It promises that a grab is wholly on the screen or an error, and that the reader hands out what it saw:
// no list of allowed characters, no cleaning, no number made out of letters. What counts as an amount is
// the capture room's business.
package screen
