package main

import (
	"cpos/hw/input"
	"cpos/hw/port"
)

// deviceAlone says that what such a scanner types reaches the program in front as well. So the keyboard's hook
// takes what is ours out of the keys, as it does with every scanner that types, and what it misses for its pace
// is heard here.
const deviceAlone = false

// deviceScanner opens a scanner that the system tells from the keyboard.
func deviceScanner(name string) port.Opener { return input.DeviceScanner(name) }
