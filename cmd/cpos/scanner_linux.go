package main

import (
	"cpos/hw/input"
	"cpos/hw/port"
)

// deviceScanner opens a scanner that the system tells from the keyboard.
func deviceScanner(name string) port.Opener { return input.DeviceScanner(name) }
