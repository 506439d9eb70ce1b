package port

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.bug.st/serial"
	"go.bug.st/serial/enumerator"
)

// SerialSettings say how a serial port is set. The zero settings are the factory value of most devices at
// a till: 9600 baud, 8 data bits, no parity, 1 stop bit.
type SerialSettings struct {
	Baud     int
	DataBits int    // 5 to 8
	Parity   string // none, odd, even, mark or space; empty means none
	StopBits int    // 1 or 2
}

// Serial opens a serial port by its name ("COM7", "/dev/ttyUSB0"), which the system need not list: a
// virtual pair or a link to a device will do. Nobody else may open it until it is closed.
func Serial(name string, s SerialSettings) Opener {
	return func(ctx context.Context) (Port, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		mode, err := s.mode()
		if err != nil {
			return nil, err
		}
		return openSerial(name, mode)
	}
}

// Listed is a serial port that the system knows.
type Listed struct {
	Name string
	USB  string // what is plugged in there, as far as it says so; empty for a port that is built in
}

// List gives the serial ports that the system knows. Virtual ones may be missing.
func List() ([]Listed, error) {
	found, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return nil, err
	}
	var all []Listed
	for _, f := range found {
		l := Listed{Name: f.Name}
		if f.IsUSB {
			l.USB = strings.Join(strings.Fields(f.Manufacturer+" "+f.Product+" "+f.VID+":"+f.PID), " ")
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Listed) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// errNotSerial says that a device is something else.
var errNotSerial = errors.New("not a serial port")

func (s SerialSettings) mode() (*serial.Mode, error) {
	m := &serial.Mode{BaudRate: 9600, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit}
	if s.Baud != 0 {
		m.BaudRate = s.Baud
	}
	if s.DataBits != 0 {
		m.DataBits = s.DataBits
	}
	parity, known := map[string]serial.Parity{"": serial.NoParity, "none": serial.NoParity, "odd": serial.OddParity,
		"even": serial.EvenParity, "mark": serial.MarkParity, "space": serial.SpaceParity}[s.Parity]
	if !known {
		return nil, fmt.Errorf("parity %q: want none, odd, even, mark or space", s.Parity)
	}
	m.Parity = parity
	switch s.StopBits {
	case 0, 1:
	case 2:
		m.StopBits = serial.TwoStopBits
	default:
		return nil, fmt.Errorf("%d stop bits: want 1 or 2", s.StopBits)
	}
	return m, nil
}
