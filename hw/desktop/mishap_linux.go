package desktop

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xinerama"
	"github.com/jezek/xgb/xproto"
)

// Mishaps calls sink with what befalls the desktop, one call at a time, until ctx ends. X11 tells of screens and
// of their scaling; a locked screen is a program with a grab and a window over everything, which it tells nobody
// of, so that is looked for.
func (d *Desktop) Mishaps(ctx context.Context, sink func(Befallen)) error {
	x, err := Dial()
	if err != nil {
		return err
	}
	defer x.Close()
	root := xproto.Setup(x).DefaultScreen(x).Root
	mask := uint32(xproto.EventMaskStructureNotify | xproto.EventMaskPropertyChange)
	if err := xproto.ChangeWindowAttributesChecked(x, root, xproto.CwEventMask, []uint32{mask}).Check(); err != nil {
		return fmt.Errorf("watch the screens: %w", err)
	}
	layout, err := monitors(x, root)
	if err != nil {
		return fmt.Errorf("watch the screens: %w", err)
	}
	var one sync.Mutex
	tell := func(b Befallen) {
		one.Lock()
		defer one.Unlock()
		sink(b)
	}
	ctx, cancel := context.WithCancel(ctx)
	var lock sync.WaitGroup
	defer lock.Wait()
	defer cancel()
	lock.Go(func() { watchLock(ctx, root, tell) })
	defer context.AfterFunc(ctx, x.Close)()
	for {
		ev, err := x.WaitForEvent()
		if ev == nil && err == nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.New("watch the screens: the display closed the connection")
		}
		switch ev := ev.(type) {
		case xproto.ConfigureNotifyEvent:
			// It comes with every change of RandR's, also where the desktop as a whole stays as large as it was.
			if now, err := monitors(x, root); ev.Window == root && err == nil && !slices.Equal(now, layout) {
				layout = now
				tell(Befallen{Mishap: Screens})
			}
		case xproto.PropertyNotifyEvent:
			if ev.Atom == xproto.AtomResourceManager { // where desktops write Xft.dpi
				tell(Befallen{Mishap: Scaling})
			}
		}
	}
}

// monitors gives the desktop as a whole, then each screen of it, in px.
func monitors(x *xgb.Conn, root xproto.Window) ([]image.Rectangle, error) {
	g, err := xproto.GetGeometry(x, xproto.Drawable(root)).Reply()
	if err != nil {
		return nil, err
	}
	all := []image.Rectangle{image.Rect(0, 0, int(g.Width), int(g.Height))}
	if Extend(x, "XINERAMA") != nil {
		return all, nil
	}
	reply, err := xinerama.QueryScreens(x).Reply()
	if err != nil {
		return all, nil // the whole is known
	}
	for _, s := range reply.ScreenInfo {
		at := image.Pt(int(s.XOrg), int(s.YOrg))
		all = append(all, image.Rectangle{Min: at, Max: at.Add(image.Pt(int(s.Width), int(s.Height)))})
	}
	return all, nil
}

// A locked screen is looked for so often, and so many times after a window came up that no manager looks after:
// a locker shows its window first and takes the keyboard then, some only after a while.
const (
	lockEvery = time.Second
	lockLooks = 10
)

// watchLock tells when a program locks the screen and when it lets go. While no such window comes up it sleeps.
func watchLock(ctx context.Context, root xproto.Window, tell func(Befallen)) {
	x, err := Dial()
	if err != nil {
		return // the other watch tells that there is no display
	}
	if xproto.ChangeWindowAttributesChecked(x, root, xproto.CwEventMask, []uint32{xproto.EventMaskSubstructureNotify}).Check() != nil {
		x.Close()
		return
	}
	came := make(chan struct{}, 1)
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			ev, err := x.WaitForEvent()
			if ev == nil && err == nil {
				return
			}
			if up, is := ev.(xproto.MapNotifyEvent); is && up.OverrideRedirect {
				select {
				case came <- struct{}{}:
				default:
				}
			}
		}
	})
	defer reader.Wait()
	defer x.Close()
	tick := time.NewTicker(lockEvery)
	defer tick.Stop()
	for was, looks := false, lockLooks; ; looks-- {
		if looks <= 0 && !was {
			tick.Stop()
		}
		select {
		case <-ctx.Done():
			return
		case <-came:
			looks = lockLooks
			tick.Reset(lockEvery)
			continue
		case <-tick.C:
		}
		now, err := locked(x, root)
		if err != nil {
			return
		}
		if now != was {
			was = now
			tell(Befallen{Mishap: Locked, Over: !now})
		}
	}
}

// locked says that a window that no manager looks after lies over the whole desktop while somebody holds the
// keyboard, as the programs do that lock a screen. Of a short hold, as of a menu or of a burst of this till's own
// scanner, there is no such window; so the keyboard is touched only where there is one.
func locked(x *xgb.Conn, root xproto.Window) (bool, error) {
	g, err := xproto.GetGeometry(x, xproto.Drawable(root)).Reply()
	if err != nil {
		return false, err
	}
	tree, err := xproto.QueryTree(x, root).Reply()
	if err != nil {
		return false, err
	}
	for _, w := range slices.Backward(tree.Children) {
		a, err := xproto.GetWindowAttributes(x, w).Reply()
		if err != nil || a.MapState != xproto.MapStateViewable {
			continue
		}
		at, err := xproto.GetGeometry(x, xproto.Drawable(w)).Reply()
		if err != nil {
			continue
		}
		if !a.OverrideRedirect || at.X > 0 || at.Y > 0 || int(at.X)+int(at.Width) < int(g.Width) || int(at.Y)+int(at.Height) < int(g.Height) {
			continue
		}
		got, err := xproto.GrabKeyboard(x, false, root, xproto.TimeCurrentTime, xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
		if err != nil {
			return false, err
		}
		if got.Status == xproto.GrabStatusSuccess {
			xproto.UngrabKeyboard(x, xproto.TimeCurrentTime)
			x.Sync()
		}
		return got.Status == xproto.GrabStatusAlreadyGrabbed, nil
	}
	return false, nil
}
