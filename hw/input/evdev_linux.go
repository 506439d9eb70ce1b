package input

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"cpos/hw/port"
)

// DeviceScanner opens a scanner that is a keyboard to the system, by itself: its keys then go nowhere else
// (EVIOCGRAB). name is the device's file ("/dev/input/event5") or a part of its name as the system lists it
// below /dev/input/by-id. It gives the characters that the device types, under the US layout that scanners
// come with. The user must be allowed to read the device.
func DeviceScanner(name string) port.Opener {
	return func(ctx context.Context) (port.Port, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		file, err := findDevice(name)
		if err != nil {
			return nil, err
		}
		f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return nil, err
		}
		if err := takeAlone(f); err != nil {
			f.Close()
			return nil, &os.PathError{Op: "take alone", Path: file, Err: err}
		}
		return &keyDevice{File: f}, nil
	}
}

// ErrWhichDevice says that a name means no device or several.
var ErrWhichDevice = errors.New("no such device, or more than one")

func findDevice(name string) (string, error) {
	if strings.HasPrefix(name, "/") {
		return name, nil
	}
	all, err := filepath.Glob("/dev/input/by-id/*")
	if err != nil {
		return "", err
	}
	all = slices.DeleteFunc(all, func(file string) bool {
		return !strings.HasSuffix(file, "-event-kbd") || !strings.Contains(strings.ToLower(file), strings.ToLower(name))
	})
	if len(all) != 1 {
		return "", fmt.Errorf("scanner %q: %w", name, ErrWhichDevice)
	}
	return all[0], nil
}

// takeAlone makes the device's keys ours alone, until it is closed or this program ends.
func takeAlone(f *os.File) error {
	const eviocgrab = 0x40044590 // _IOW('E', 0x90, int), linux/input.h
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = unix.IoctlSetInt(int(fd), eviocgrab, 1) }); err != nil {
		return err
	}
	return failed
}

// keyDevice reads characters from an input device.
type keyDevice struct {
	*os.File
	decode keyDecoder
	ready  []byte
}

// Read gives the characters of the keys that went down.
func (d *keyDevice) Read(b []byte) (int, error) {
	for len(d.ready) == 0 {
		raw := make([]byte, 64*eventSize)
		n, err := d.File.Read(raw)
		d.ready = d.decode.feed(raw[:n])
		if err != nil && len(d.ready) == 0 {
			return 0, err
		}
	}
	n := copy(b, d.ready)
	d.ready = d.ready[n:]
	return n, nil
}

// Write says that a scanner is only listened to.
func (d *keyDevice) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// SetWriteDeadline has nothing to end.
func (d *keyDevice) SetWriteDeadline(time.Time) error { return nil }

// eventSize is the size in bytes of one event (struct input_event of linux/input.h on 64 bit): two words of
// time, type, code, value.
const eventSize = 24

// keyDecoder turns events into characters.
type keyDecoder struct {
	part  []byte
	shift bool
}

func (k *keyDecoder) feed(b []byte) (typed []byte) {
	const evKey, leftShift, rightShift = 1, 42, 54
	k.part = append(k.part, b...)
	for ; len(k.part) >= eventSize; k.part = k.part[eventSize:] {
		kind := binary.NativeEndian.Uint16(k.part[16:])
		code := binary.NativeEndian.Uint16(k.part[18:])
		value := int32(binary.NativeEndian.Uint32(k.part[20:]))
		switch {
		case kind != evKey:
		case code == leftShift || code == rightShift:
			k.shift = value != 0
		case value != 1: // a release, or a held key that repeats
		case int(code) < len(usKeys[0]):
			row := usKeys[0]
			if k.shift {
				row = usKeys[1]
			}
			if c := row[code]; c != '\x01' {
				typed = append(typed, c)
			}
		}
	}
	return typed
}

// usKeys are the characters of the keys by their number (linux/input-event-codes.h), without and with Shift.
// \x01 stands for keys that type nothing.
var usKeys = [2]string{
	"\x01\x011234567890-=\x01\tqwertyuiop[]\r\x01asdfghjkl;'`\x01\\zxcvbnm,./\x01*\x01 \x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01789-456+1230." + strings.Repeat("\x01", 12) + "\r\x01/",
	"\x01\x01!@#$%^&*()_+\x01\tQWERTYUIOP{}\r\x01ASDFGHJKL:\"~\x01|ZXCVBNM<>?\x01*\x01 \x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01789-456+1230." + strings.Repeat("\x01", 12) + "\r\x01/",
}
