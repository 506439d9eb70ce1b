// Package vault seals what must not lie in clear on the till's disk: the contents of requests, which hold
// payment codes, and the secrets of the merchant.
//
// It promises that no value is ever on disk or in an error in clear, that a sealed value opens only under
// the name it was sealed under, and that the one data key is wrapped by the machine where the system can
// do that. Which secrets exist and who may ask for them is left to the callers.
package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/crypto/chacha20poly1305"
)

// Errors of the vault. None of them holds a value or a key.
var (
	ErrMachine  = errors.New("the vault was made on another machine or by another user")
	ErrDamaged  = errors.New("the vault is damaged")
	ErrSealed   = errors.New("the sealed value was changed or belongs to another name")
	ErrNoSecret = errors.New("no such secret")
	ErrName     = errors.New("a secret's name has parts of a-z A-Z 0-9 . _ - with / between them, 100 characters at most")
)

// Vault holds the data key in memory. Its methods may be called from several goroutines.
type Vault struct {
	dir     string
	aead    cipher.AEAD
	binding string
}

const (
	keyFile   = "vault.key"
	secretDir = "secrets"
)

// Open opens the vault in dir, the till's data folder, making its data key on first use. ErrMachine,
// ErrDamaged.
func Open(dir string) (*Vault, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	key, binding, err := dataKey(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("open vault in %s: %w", dir, err)
	}
	aead, err := chacha20poly1305.NewX(key)
	clear(key)
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	return &Vault{dir: dir, aead: aead, binding: binding}, nil
}

// Binding says what ties the data key to this machine: "dpapi", "machine-id", or "none" where the system
// offers nothing and only the mode of the file protects the key.
func (v *Vault) Binding() string { return v.binding }

// sealVersion opens every sealed value, so that another form can be told apart later.
const sealVersion = 1

// What a value is sealed as; a request never opens as a secret, whatever the names.
const (
	asRequest = "request"
	asSecret  = "secret"
)

// Seal seals the content of a request under its number.
func (v *Vault) Seal(number string, plain []byte) ([]byte, error) {
	return v.seal(asRequest, number, plain), nil
}

// Open opens what Seal sealed under the same number. ErrSealed.
func (v *Vault) Open(number string, sealed []byte) ([]byte, error) {
	return v.open(asRequest, number, sealed)
}

// seal uses XChaCha20-Poly1305, whose nonce is long enough to be drawn at random for every value.
func (v *Vault) seal(as, name string, plain []byte) []byte {
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, 1+chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	out[0] = sealVersion
	nonce := out[1:]
	_, _ = rand.Read(nonce) // never fails: the program ends where the system has no randomness
	return v.aead.Seal(out, nonce, plain, bound(as, name))
}

func (v *Vault) open(as, name string, sealed []byte) ([]byte, error) {
	const head = 1 + chacha20poly1305.NonceSizeX
	if len(sealed) < head || sealed[0] != sealVersion {
		return nil, fmt.Errorf("%s %s: %w", as, name, ErrSealed)
	}
	plain, err := v.aead.Open(nil, sealed[1:head], sealed[head:], bound(as, name))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", as, name, ErrSealed)
	}
	return plain, nil
}

// bound is the data a sealed value is tied to. A kind never holds a zero byte, so the two parts cannot
// run together.
func bound(as, name string) []byte { return []byte("cpos " + as + "\x00" + name) }
