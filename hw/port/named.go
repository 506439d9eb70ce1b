package port

import (
	"context"
	"errors"
	"net"
	"strings"
)

// Named opens what a profile calls a port: a serial port ("COM7", "/dev/ttyUSB0"), a device file or
// parallel port ("/dev/usb/lp0", "LPT1"), or a device in the network ("192.168.1.50:9100").
func Named(name string, s SerialSettings) Opener {
	switch {
	case IsNetwork(name):
		return TCP(name)
	case isParallel(name):
		return File(`\\.\` + name)
	}
	open := Serial(name, s)
	return func(ctx context.Context) (Port, error) {
		p, err := open(ctx)
		if errors.Is(err, errNotSerial) {
			return File(name)(ctx)
		}
		return p, err
	}
}

// IsNetwork says whether a name is host:port, or :port to listen on.
func IsNetwork(name string) bool {
	if strings.HasPrefix(name, "/") || strings.HasPrefix(name, `\`) {
		return false // a path may hold a colon
	}
	_, service, err := net.SplitHostPort(name)
	return err == nil && service != "" && strings.Trim(service, "0123456789") == ""
}

func isParallel(name string) bool {
	return len(name) > 3 && strings.EqualFold(name[:3], "LPT") && strings.Trim(name[3:], "0123456789") == ""
}
