package input

import "context"

// Hang makes the keyboard's loop stand still until the channel is closed, as a fault in it would.
func Hang(d *Device, until <-chan struct{}) {
	standing := make(chan struct{})
	go func() { _ = d.board.call(context.Background(), func() { close(standing); <-until }) }()
	<-standing
}
