package vault

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Scheme opens a reference to a secret in a profile: sealed:cloudpay/sm_20381/auth.
const Scheme = "sealed:"

// Reference gives the name inside a reference; ok is false for a text that is none.
func Reference(text string) (name string, ok bool) { return strings.CutPrefix(text, Scheme) }

const (
	mostName   = 100
	nameSigns  = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	secretFile = ".sealed"
)

// fileNames writes a name with characters that every file system takes and none folds, and never as one
// of the names that Windows reserves.
var fileNames = base32.HexEncoding.WithPadding(base32.NoPadding)

// PutSecret seals value under name, in the place of an older one. After a power cut either the old or the
// new value is there. ErrName.
func (v *Vault) PutSecret(name string, value []byte) error {
	path, err := v.secretPath(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("put secret %s: %w", name, err)
	}
	temp, err := writeTemp(path, v.seal(asSecret, name, value))
	if err != nil {
		return fmt.Errorf("put secret %s: %w", name, err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("put secret %s: %w", name, errors.Join(err, os.Remove(temp)))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("put secret %s: %w", name, err)
	}
	return nil
}

// Secret gives a value. ErrNoSecret, ErrSealed, ErrName.
func (v *Vault) Secret(name string) ([]byte, error) {
	path, err := v.secretPath(name)
	if err != nil {
		return nil, err
	}
	sealed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("secret %s: %w", name, ErrNoSecret)
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	return v.open(asSecret, name, sealed)
}

// SecretNames lists the names in order.
func (v *Vault) SecretNames() ([]string, error) {
	files, err := os.ReadDir(filepath.Join(v.dir, secretDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list secrets: %w", err)
	}
	var names []string
	for _, f := range files {
		code, ours := strings.CutSuffix(f.Name(), secretFile)
		name, err := fileNames.DecodeString(strings.ToUpper(code))
		if ours && err == nil {
			names = append(names, string(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// DropSecret removes a secret. ErrNoSecret, ErrName.
func (v *Vault) DropSecret(name string) error {
	path, err := v.secretPath(name)
	if err != nil {
		return err
	}
	err = os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNoSecret
	}
	if err != nil {
		return fmt.Errorf("drop secret %s: %w", name, err)
	}
	return syncDir(filepath.Dir(path))
}

func (v *Vault) secretPath(name string) (string, error) {
	if !validName(name) {
		return "", ErrName // without the text, for it may be a value that was given in the wrong place
	}
	file := strings.ToLower(fileNames.EncodeToString([]byte(name))) + secretFile
	return filepath.Join(v.dir, secretDir, file), nil
}

func validName(name string) bool {
	if len(name) > mostName {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.Trim(part, ".") == "" {
			return false
		}
		for _, c := range part {
			if !strings.ContainsRune(nameSigns, c) {
				return false
			}
		}
	}
	return true
}
