package line

import (
	"context"
	"net"

	"cpos/hw/port"
)

// Port is a serial port of this machine, behind which a display or a printer may be.
type Port struct {
	Name string
	USB  string // what is plugged in there, as far as it says so
}

// Ports lists the serial ports that the system knows. Virtual pairs may be missing; their names can be
// written into a profile all the same.
func Ports() ([]Port, error) {
	found, err := port.List()
	if err != nil {
		return nil, err
	}
	var all []Port
	for _, f := range found {
		all = append(all, Port(f))
	}
	return all, nil
}

// Check opens both ends for a moment, as Run would. The error is an *AwayError that names the port. A
// listener that runs has the ports, and a check beside it fails.
func (w Wire) Check(ctx context.Context) error {
	if err := w.checkNear(ctx); err != nil {
		return &AwayError{w.Port, err}
	}
	if w.Forward == "" {
		return nil
	}
	p, err := port.Named(w.Forward, w.Serial)(ctx)
	if err == nil {
		err = p.Close()
	}
	if err != nil {
		return &AwayError{w.Forward, err}
	}
	return nil
}

func (w Wire) checkNear(ctx context.Context) error {
	if port.IsNetwork(w.Port) {
		var lc net.ListenConfig
		ln, err := lc.Listen(ctx, "tcp", w.Port)
		if err != nil {
			return err
		}
		return ln.Close()
	}
	p, err := port.Serial(w.Port, w.Serial)(ctx)
	if err != nil {
		return err
	}
	return p.Close()
}
