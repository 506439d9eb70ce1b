//go:build cgo

package screen

// Debian's tesseract asks OpenMP for four threads for each line of ten letters. On a busy till that waits
// for the slowest core: 260 ms a line where one thread takes 8. It asks by number, so only forbidding parallel
// regions altogether helps. The weak symbol is there whenever tesseract was built with OpenMP.

// extern void omp_set_max_active_levels(int) __attribute__((weak));
// static void oneThread(void) { if (omp_set_max_active_levels) omp_set_max_active_levels(0); }
import "C"

import (
	"context"
	"runtime"

	"github.com/otiai10/gosseract/v2"
)

// linked is tesseract in this process.
type linked struct {
	client *gosseract.Client
}

func startEngine(_ context.Context, o ReaderOptions) (engine, error) {
	c := gosseract.NewClient()
	l := &linked{c}
	for _, set := range []func() error{
		c.DisableOutput,
		func() error { return c.SetTessdataPrefix(o.Data) },
		func() error { return c.SetLanguage("eng") },
		func() error { return c.SetPageSegMode(gosseract.PSM_SINGLE_LINE) },
		func() error { return setAll(c) },
	} {
		if err := set(); err != nil {
			_ = l.close() // the first error is the one that counts
			return nil, err
		}
	}
	return l, nil
}

func setAll(c *gosseract.Client) error {
	for name, value := range variables {
		if err := c.SetVariable(gosseract.SettableVariable(name), value); err != nil {
			return err
		}
	}
	return nil
}

func (l *linked) text(pnm []byte) (string, error) {
	runtime.LockOSThread() // the limit belongs to the calling thread
	defer runtime.UnlockOSThread()
	C.oneThread()
	if err := l.client.SetImageFromBytes(pnm); err != nil {
		return "", err
	}
	return l.client.Text()
}

func (l *linked) close() error { return l.client.Close() }
