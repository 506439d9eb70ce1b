package main

import (
	"context"
	"errors"

	"cpos/engine/profile"
	"cpos/hw/line"
	"cpos/hw/port"
)

// ports opens what is listened to between the POS and its devices. A till without such lines has nothing to
// say about them.
func (p *patient) ports(ctx context.Context) []finding {
	d, s := p.till.profile.Display, p.till.profile.Print
	return append(p.wire(ctx, "customer_display", d.Port, d.Forward, d.Serial), p.wire(ctx, "print_stream", s.Port, s.Forward, s.Serial)...)
}

func (p *patient) wire(ctx context.Context, id, near, far string, s profile.SerialPort) []finding {
	switch {
	case near == "":
		return nil
	case p.running:
		return []finding{checked(id, isSkipped, id+".engine")}
	}
	w := line.Wire{Port: near, Forward: far, Serial: serialSettings(s)}
	err := w.Check(ctx)
	var away *line.AwayError
	switch {
	case errors.As(err, &away):
		return []finding{checked(id, isError, id+".away", "port", away.Port).because(away.Err)}
	case err != nil:
		return []finding{checked(id, isError, id+".away", "port", near).because(err)}
	}
	return []finding{checked(id, isOK, id, "port", near)}
}

// serialSettings gives what a profile says of a serial line.
func serialSettings(s profile.SerialPort) port.SerialSettings {
	return port.SerialSettings{Baud: s.Baud, DataBits: s.DataBits, Parity: s.Parity, StopBits: s.StopBits}
}
