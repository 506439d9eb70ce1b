package vault

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"

	"golang.org/x/crypto/chacha20poly1305"
)

// On Linux the key is wrapped under a key that is derived from the machine's identity, so that a copied
// data folder does not open elsewhere. Whoever can read the whole disk of this machine can derive it too;
// against that only disk encryption helps.
const (
	boundToMachine = "machine-id"
	boundToNothing = "none"
	saltSize       = 32
)

// machineFiles hold an identity that stays the same over restarts and differs between machines
// (machine-id(5)).
var machineFiles = [...]string{"/etc/machine-id", "/var/lib/dbus/machine-id"}

func machineID() []byte {
	for _, name := range machineFiles {
		if b, err := os.ReadFile(name); err == nil && len(bytes.TrimSpace(b)) >= 32 {
			return bytes.TrimSpace(b)
		}
	}
	return nil
}

func wrap(key []byte) (binding string, wrapped []byte, err error) {
	id := machineID()
	binding = boundToMachine
	if id == nil {
		binding = boundToNothing
	}
	salt := make([]byte, saltSize, saltSize+chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(salt) // never fails
	kek, err := derived(id, salt, binding)
	if err != nil {
		return "", nil, err
	}
	aead, err := chacha20poly1305.NewX(kek)
	if err != nil {
		return "", nil, err
	}
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce) // never fails
	return binding, aead.Seal(append(salt, nonce...), nonce, key, []byte(keyForm+binding)), nil
}

func unwrap(binding string, wrapped []byte) ([]byte, error) {
	const head = saltSize + chacha20poly1305.NonceSizeX
	if len(wrapped) < head || binding != boundToMachine && binding != boundToNothing {
		return nil, fmt.Errorf("%s: %w", keyFile, ErrDamaged)
	}
	var id []byte
	if binding == boundToMachine {
		id = machineID()
	}
	kek, err := derived(id, wrapped[:saltSize], binding)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(kek)
	if err != nil {
		return nil, err
	}
	key, err := aead.Open(nil, wrapped[saltSize:head], wrapped[head:], []byte(keyForm+binding))
	if err != nil {
		// A flipped bit and a foreign machine look the same to the cipher; the second is what happens.
		return nil, ErrMachine
	}
	return key, nil
}

func derived(id, salt []byte, binding string) ([]byte, error) {
	return hkdf.Key(sha256.New, id, salt, "cpos vault key "+binding, chacha20poly1305.KeySize)
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
