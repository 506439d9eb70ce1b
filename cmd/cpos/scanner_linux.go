package main

import (
	"cpos/hw/input"
	"cpos/hw/port"
)

// deviceAlone says that what such a scanner types reaches nobody else.
const deviceAlone = true

// deviceScanner opens a scanner that the system tells from the keyboard.
func deviceScanner(name string) port.Opener { return input.DeviceScanner(name) }
