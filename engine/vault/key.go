package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// The key file is one line that says its form and how the key is wrapped, then the wrapped key.
const keyForm = "cpos vault 1 "

// mostKeyFile bounds what is read; a wrapped key is a few hundred bytes.
const mostKeyFile = 16 << 10

// dataKey reads the data key, or makes it where there is none yet.
func dataKey(path string) (key []byte, binding string, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, "", err
		}
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, "", err
	}
	line, wrapped, ok := bytes.Cut(raw, []byte("\n"))
	binding, known := strings.CutPrefix(string(line), keyForm)
	if !ok || !known || len(raw) > mostKeyFile {
		return nil, "", fmt.Errorf("%s: %w", keyFile, ErrDamaged)
	}
	key, err = unwrap(binding, wrapped)
	if err == nil && len(key) != chacha20poly1305.KeySize {
		err = ErrDamaged
	}
	return key, binding, err
}

// makeKey writes a new data key. Of two processes that make one at the same time the first wins and the
// second uses its key, since a link never replaces a file.
func makeKey(path string) error {
	key := make([]byte, chacha20poly1305.KeySize)
	defer clear(key)
	_, _ = rand.Read(key) // never fails
	binding, wrapped, err := wrap(key)
	if err != nil {
		return fmt.Errorf("wrap the data key: %w", err)
	}
	temp, err := writeTemp(path, append([]byte(keyForm+binding+"\n"), wrapped...))
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	switch err := os.Link(temp, path); {
	case err == nil || errors.Is(err, fs.ErrExist):
	default: // a file system without links
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		if err := os.Rename(temp, path); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(path))
}

// writeTemp writes a file beside path, with mode 0600 and its content on the disk.
func writeTemp(path string, content []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}
