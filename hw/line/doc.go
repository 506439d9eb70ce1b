// Package line owns what a POS tells by wire: the text on its customer display and the slips that it
// prints. It listens on a port, or stands in between and carries every byte both ways.
//
// It promises that no byte of the POS is changed or held back by listening, and that a line is told only
// when every character of it is known: after an unknown command, a lost device or a half-heard start it is
// silent until the POS has written anew. Which of the text is an amount is left to the capture room.
package line
