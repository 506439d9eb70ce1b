// Package control owns the text that other programs' windows tell by other ways than pixels: AT-SPI on
// Linux, window messages and UI Automation on Windows.
//
// It promises to look only into the window it was given, to hand out the text of one control, character for
// character, and to refuse where an address fits none or several; a field for passwords is never read. Which
// of the text is an amount is left to the capture room.
package control
