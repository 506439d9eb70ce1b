package input

import (
	"context"
	"os"
	"syscall"

	"github.com/jezek/xgb"

	"cpos/hw/port"
)

// Hang makes the keyboard's loop stand still until the channel is closed, as a fault in it would.
func Hang(d *Device, until <-chan struct{}) {
	standing := make(chan struct{})
	go func() { _ = d.board.call(context.Background(), func() { close(standing); <-until }) }()
	<-standing
}

// LockGroup puts another layout of the keyboard in force.
func (d *Device) LockGroup(group int) error {
	return d.board.call(context.Background(), func() { d.board.groups.lock(d.board.x, byte(group)); d.board.x.Sync() })
}

// UseGroups makes a connection one that is told which of two layouts a key came in, as every toolkit does.
func UseGroups(x *xgb.Conn) { useGroups(x) }

// RecordedDevice reads what an input device once gave from a file.
func RecordedDevice(file string) port.Opener {
	return func(context.Context) (port.Port, error) {
		f, err := os.OpenFile(file, os.O_RDWR|syscall.O_NONBLOCK, 0)
		return &keyDevice{File: f}, err
	}
}

// Quiet waits until no key is in our hand and the display knows it.
func (d *Device) Quiet(ctx context.Context) error { return d.board.call(ctx, d.board.x.Sync) }
