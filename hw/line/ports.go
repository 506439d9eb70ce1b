package line

import "cpos/hw/port"

// Ports lists the serial ports of this machine, where a display or a printer may be. Virtual pairs may be
// missing; their names can be written into a profile all the same.
func Ports() ([]string, error) { return port.Serials() }
