package vault

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// On Windows the data protection interface wraps the key for this user on this machine.
const boundToUser = "dpapi"

// entropy ties the blob to its purpose, so that another program of the same user that unprotects blobs on
// request does not open ours by accident.
var entropy = []byte("cpos vault key 1")

func wrap(key []byte) (binding string, wrapped []byte, err error) {
	in, salt := blob(key), blob(entropy)
	var out windows.DataBlob
	name, err := windows.UTF16PtrFromString("cpos vault")
	if err != nil {
		return "", nil, err
	}
	err = windows.CryptProtectData(&in, name, &salt, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return "", nil, err
	}
	return boundToUser, taken(out), nil
}

func unwrap(binding string, wrapped []byte) ([]byte, error) {
	if binding != boundToUser || len(wrapped) == 0 {
		return nil, fmt.Errorf("%s: %w", keyFile, ErrDamaged)
	}
	in, salt := blob(wrapped), blob(entropy)
	var out windows.DataBlob
	err := windows.CryptUnprotectData(&in, nil, &salt, 0, nil, windows.CRYPTPROTECT_UI_FORBIDDEN, &out)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMachine, err)
	}
	return taken(out), nil
}

func blob(b []byte) windows.DataBlob {
	return windows.DataBlob{Size: uint32(len(b)), Data: &b[0]}
}

// taken copies what the system handed out, and wipes and frees the system's copy.
func taken(out windows.DataBlob) []byte {
	theirs := unsafe.Slice(out.Data, out.Size)
	ours := append([]byte(nil), theirs...)
	clear(theirs)
	_, _ = windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data))) // ours is whole whatever it says
	return ours
}

// syncDir does nothing: NTFS journals names by itself and a folder cannot be flushed.
func syncDir(string) error { return nil }
