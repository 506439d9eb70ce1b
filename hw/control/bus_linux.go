package control

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/godbus/dbus/v5"
)

// bus is a connection to the bus of assistive technology.
type bus struct{ conn *dbus.Conn }

// node is an object of a program on the bus.
type node struct {
	Program string
	Path    dbus.ObjectPath
}

// The interfaces of AT-SPI 2 (at-spi2-core, xml/*.xml).
const (
	accessible = "org.a11y.atspi.Accessible"
	textual    = "org.a11y.atspi.Text"
)

// stateShowing is the bit of ATSPI_STATE_SHOWING: the control and all around it are on the screen.
const stateShowing = 25

// errHidden says that a control is not on the screen.
var errHidden = errors.New("the control is hidden")

// dial finds the bus. Asking the session for it starts it; saying that somebody listens makes programs
// take part that otherwise save themselves the work.
func dial(ctx context.Context) (*bus, error) {
	address := os.Getenv("AT_SPI_BUS_ADDRESS")
	if address == "" {
		session, err := dbus.SessionBusPrivateNoAutoStartup()
		if err != nil {
			return nil, err
		}
		defer session.Close()
		if err := errors.Join(session.Auth(nil), session.Hello()); err != nil {
			return nil, err
		}
		service := session.Object("org.a11y.Bus", "/org/a11y/bus")
		if err := service.CallWithContext(ctx, "org.a11y.Bus.GetAddress", 0).Store(&address); err != nil {
			return nil, err
		}
		_ = service.SetProperty("org.a11y.Status.IsEnabled", dbus.MakeVariant(true)) // most programs do not ask
	}
	conn, err := dbus.Connect(address)
	if err != nil {
		return nil, err
	}
	return &bus{conn}, nil
}

func (b *bus) call(ctx context.Context, n node, method string, args ...any) *dbus.Call {
	return b.conn.Object(n.Program, n.Path).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
}

func (b *bus) children(ctx context.Context, n node) ([]node, error) {
	var all []node
	err := b.call(ctx, n, accessible+".GetChildren").Store(&all)
	return all, err
}

func (b *bus) role(ctx context.Context, n node) (string, error) {
	var role string
	err := b.call(ctx, n, accessible+".GetRoleName").Store(&role)
	return role, err
}

func (b *bus) property(ctx context.Context, n node, name string) (string, error) {
	var v dbus.Variant
	if err := b.call(ctx, n, "org.freedesktop.DBus.Properties.Get", accessible, name).Store(&v); err != nil {
		return "", err
	}
	s, ok := v.Value().(string)
	if !ok {
		return "", fmt.Errorf("%s is no text", name)
	}
	return s, nil
}

// pid gives the process of a program, 0 if it is gone.
func (b *bus) pid(ctx context.Context, n node) int {
	var pid uint32
	if err := b.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetConnectionUnixProcessID", 0, n.Program).Store(&pid); err != nil {
		return 0
	}
	return int(pid)
}

// text gives what a control shows: its text where it has one, else its name, which for a label is the same.
func (b *bus) text(ctx context.Context, n node) (string, error) {
	var state []uint32
	if err := b.call(ctx, n, accessible+".GetState").Store(&state); err != nil {
		return "", err
	}
	if len(state) == 0 || state[0]&(1<<stateShowing) == 0 {
		return "", errHidden
	}
	role, err := b.role(ctx, n)
	if err != nil {
		return "", err
	}
	if role == "password text" {
		return "", ErrSecret
	}
	var interfaces []string
	if err := b.call(ctx, n, accessible+".GetInterfaces").Store(&interfaces); err != nil {
		return "", err
	}
	if !slices.Contains(interfaces, textual) {
		return b.property(ctx, n, "Name")
	}
	var text string
	err = b.call(ctx, n, textual+".GetText", int32(0), int32(-1)).Store(&text)
	return text, err
}
