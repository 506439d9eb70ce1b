package input

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// fcitx is one of the two that till systems come with, as it is spoken to on the bus of the session. Its input
// method belongs to the field that has the keyboard.
type fcitx struct {
	name           string
	path           dbus.ObjectPath
	state, off, on string
}

// fcitxes are version 5 (src/modules/dbus, org.fcitx.Fcitx.Controller1) and version 4 (src/frontend/ipc,
// org.fcitx.Fcitx.InputMethod), which has a name for each display.
func fcitxes() []fcitx {
	_, display, _ := strings.Cut(os.Getenv("DISPLAY"), ":")
	display, _, _ = strings.Cut(display, ".")
	const five, four = "org.fcitx.Fcitx.Controller1.", "org.fcitx.Fcitx.InputMethod."
	return []fcitx{
		{"org.fcitx.Fcitx5", "/controller", five + "State", five + "Deactivate", five + "Activate"},
		{"org.fcitx.Fcitx-" + display, "/inputmethod", four + "GetCurrentState", four + "InactivateIM", four + "ActivateIM"},
	}
}

// imeLimit is how long a plan waits for an input method that does not answer.
const imeLimit = 200 * time.Millisecond

// openMethodOf names the input method that is open for the field with the keyboard, "" for none.
func openMethodOf(uintptr) (method string) {
	const active = 2
	onSessionBus(func(ctx context.Context, c *dbus.Conn) {
		for _, f := range fcitxes() {
			var state int32
			err := c.Object(f.name, f.path).CallWithContext(ctx, f.state, dbus.FlagNoAutoStart).Store(&state)
			if err == nil && state == active {
				method = f.name
				return
			}
		}
	})
	return method
}

// openMethod opens or closes an input method that openMethodOf named. One that is gone needs neither.
func openMethod(method string, open bool) {
	onSessionBus(func(ctx context.Context, c *dbus.Conn) {
		for _, f := range fcitxes() {
			if f.name != method {
				continue
			}
			do := f.off
			if open {
				do = f.on
			}
			_ = c.Object(f.name, f.path).CallWithContext(ctx, do, dbus.FlagNoAutoStart).Err
		}
	})
}

// onSessionBus does something on the bus of the session, if there is one.
func onSessionBus(do func(context.Context, *dbus.Conn)) {
	ctx, cancel := context.WithTimeout(context.Background(), imeLimit)
	defer cancel()
	c, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return
	}
	defer c.Close()
	if errors.Join(c.Auth(nil), c.Hello()) == nil {
		do(ctx, c)
	}
}
