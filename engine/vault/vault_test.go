package vault

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

func open(t *testing.T, dir string) *Vault {
	t.Helper()
	v, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestASecretComesBackAfterTheVaultWasOpenedAgain(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir).PutSecret("cloudpay/sm_20381/auth", []byte("first")); err != nil {
		t.Fatal(err)
	}
	v := open(t, dir)
	if err := v.PutSecret("proxy", []byte("second")); err != nil {
		t.Fatal(err)
	}
	got, err := v.Secret("cloudpay/sm_20381/auth")
	if err != nil || string(got) != "first" {
		t.Fatalf("got %q, %v", got, err)
	}
	names, err := v.SecretNames()
	if err != nil || !slices.Equal(names, []string{"cloudpay/sm_20381/auth", "proxy"}) {
		t.Fatalf("names %q, %v", names, err)
	}
	if err := v.DropSecret("proxy"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Secret("proxy"); !errors.Is(err, ErrNoSecret) {
		t.Fatalf("a dropped secret gives %v", err)
	}
	if err := v.DropSecret("proxy"); !errors.Is(err, ErrNoSecret) {
		t.Fatalf("dropping it twice gives %v", err)
	}
}

func TestNoFileHoldsASecretOrTheDataKeyInClear(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	canary := []byte("canary-7d1f-never-on-disk")
	for range 2 { // also the file that the second value replaces
		if err := v.PutSecret("canary", canary); err != nil {
			t.Fatal(err)
		}
	}
	key, _, err := dataKey(filepath.Join(dir, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if bytes.Contains(b, canary) || bytes.Contains(b, key) {
			t.Errorf("%s holds it in clear", path)
		}
		if info, _ := d.Info(); info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil || files != 2 {
		t.Fatalf("%d files, %v", files, err)
	}
}

func TestASealedValueOpensOnlyAsWhatItIs(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	sealed, err := v.Seal("N1", []byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Open("N1", sealed); err != nil || string(got) != "content" {
		t.Fatalf("got %q, %v", got, err)
	}
	flipped := func(i int) []byte { b := bytes.Clone(sealed); b[i] ^= 1; return b }
	rows := []struct {
		name   string
		number string
		sealed []byte
	}{
		{"another number", "N2", sealed},
		{"another version", "N1", flipped(0)},
		{"another nonce", "N1", flipped(1)},
		{"changed content", "N1", flipped(len(sealed) - 20)},
		{"changed tag", "N1", flipped(len(sealed) - 1)},
		{"cut off", "N1", sealed[:len(sealed)-1]},
		{"nothing", "N1", nil},
	}
	for _, r := range rows {
		if got, err := v.Open(r.number, r.sealed); !errors.Is(err, ErrSealed) || got != nil {
			t.Errorf("%s: %q, %v", r.name, got, err)
		}
	}
	if _, err := v.open(asSecret, "N1", sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("a request opens as a secret: %v", err)
	}
	if _, err := open(t, t.TempDir()).Open("N1", sealed); !errors.Is(err, ErrSealed) {
		t.Errorf("another vault opens it: %v", err)
	}
}

func TestASecretUnderAnotherNameDoesNotOpen(t *testing.T) {
	v := open(t, t.TempDir())
	if err := v.PutSecret("auth", []byte("value")); err != nil {
		t.Fatal(err)
	}
	from, _ := v.secretPath("auth")
	to, _ := v.secretPath("sign")
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Secret("sign"); !errors.Is(err, ErrSealed) {
		t.Fatalf("got %v", err)
	}
}

func TestADamagedKeyFileIsToldAndLeftAlone(t *testing.T) {
	rows := []struct {
		name   string
		change func([]byte) []byte
		want   error
	}{
		{"emptied", func([]byte) []byte { return nil }, ErrDamaged},
		{"another form", func(b []byte) []byte { b[11]++; return b }, ErrDamaged},
		{"cut off", func(b []byte) []byte { return b[:len(keyForm)+15] }, ErrDamaged},
		{"one bit of the key", func(b []byte) []byte { b[len(b)-20] ^= 1; return b }, ErrMachine},
	}
	for _, r := range rows {
		dir := t.TempDir()
		open(t, dir)
		path := filepath.Join(dir, keyFile)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damaged := r.change(raw)
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); !errors.Is(err, r.want) {
			t.Errorf("%s: %v", r.name, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(after, damaged) {
			t.Errorf("%s: the file was rewritten", r.name)
		}
	}
}

func TestTwoThatOpenANewVaultAtOnceShareOneKey(t *testing.T) {
	dir := t.TempDir()
	vaults := make([]*Vault, 8)
	var all sync.WaitGroup
	for i := range vaults {
		all.Go(func() { vaults[i], _ = Open(dir) })
	}
	all.Wait()
	for i, v := range vaults {
		if v == nil {
			t.Fatalf("vault %d did not open", i)
		}
		sealed, _ := v.Seal("N", []byte("x"))
		if _, err := vaults[0].Open("N", sealed); err != nil {
			t.Fatalf("vault %d has another key: %v", i, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*.new-*"))
	if err != nil || len(left) != 0 {
		t.Fatalf("left behind: %q, %v", left, err)
	}
}

func TestNamesOfSecrets(t *testing.T) {
	rows := []struct {
		name string
		good bool
	}{
		{"cloudpay/sm_20381/auth", true}, {"proxy", true}, {"con", true}, {"a.b-c", true},
		{"", false}, {"/auth", false}, {"auth/", false}, {"..", false}, {"a/../b", false}, {"a//b", false},
		{"Auth", true}, {"钥匙", false}, {"a b", false}, {"a\x00b", false},
		{string(bytes.Repeat([]byte("a"), mostName)), true},
		{string(bytes.Repeat([]byte("a"), mostName+1)), false},
	}
	v := open(t, t.TempDir())
	for _, r := range rows {
		err := v.PutSecret(r.name, []byte("v"))
		if r.good != (err == nil) || !r.good && !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", r.name, err)
		}
	}
	if name, ok := Reference("sealed:cloudpay/sm_20381/auth"); !ok || name != "cloudpay/sm_20381/auth" {
		t.Errorf("reference gives %q, %t", name, ok)
	}
	if _, ok := Reference("clear text"); ok {
		t.Error("a text that is no reference is taken for one")
	}
}
