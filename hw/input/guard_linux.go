package input

// letModifiersUp has nothing to do: the display does what it was sent whole.
func letModifiersUp() {}
