package vault

import (
	"crypto/rand"
	"errors"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

func TestAKeyBoundToAnotherMachineDoesNotOpen(t *testing.T) {
	if machineID() == nil {
		t.Skip("this system has no machine-id")
	}
	// The same file, as the till with another identity would have written it.
	salt, nonce := make([]byte, saltSize), make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(salt)
	kek, err := derived([]byte("00000000000000000000000000000001"), salt, boundToMachine)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := chacha20poly1305.NewX(kek)
	if err != nil {
		t.Fatal(err)
	}
	wrapped := aead.Seal(append(salt, nonce...), nonce, make([]byte, 32), []byte(keyForm+boundToMachine))
	if _, err := unwrap(boundToMachine, wrapped); !errors.Is(err, ErrMachine) {
		t.Fatalf("got %v", err)
	}
}

func TestTheKeyIsBoundToTheMachineWhereItHasAnIdentity(t *testing.T) {
	want := boundToMachine
	if machineID() == nil {
		want = boundToNothing
	}
	if got := open(t, t.TempDir()).Binding(); got != want {
		t.Fatalf("bound to %s, want %s", got, want)
	}
}
