package control

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Address says which control of a window is meant. As text it is a kind with a number ("Edit#3", "label#2":
// the third of its class or role, in the window's own order), "id:" with what the program calls it, or
// "name:" with what assistive programs call it.
type Address struct {
	Kind string // class or role, compared without case
	N    int    // from 1, with Kind
	ID   string
	Name string
}

// ErrAddress says that a text is no address.
var ErrAddress = errors.New(`want CLASS#NUMBER, "id:" or "name:"`)

// ParseAddress reads an address as a profile writes it.
func ParseAddress(s string) (Address, error) {
	if id, ok := strings.CutPrefix(s, "id:"); ok && id != "" {
		return Address{ID: id}, nil
	}
	if name, ok := strings.CutPrefix(s, "name:"); ok && name != "" {
		return Address{Name: name}, nil
	}
	at := strings.LastIndexByte(s, '#')
	if at <= 0 {
		return Address{}, fmt.Errorf("control %q: %w", s, ErrAddress)
	}
	n, err := strconv.Atoi(s[at+1:])
	if err != nil || n < 1 || n > mostControls {
		return Address{}, fmt.Errorf("control %q: %w", s, ErrAddress)
	}
	return Address{Kind: s[:at], N: n}, nil
}

func (a Address) String() string {
	switch {
	case a.ID != "":
		return "id:" + a.ID
	case a.Name != "":
		return "name:" + a.Name
	}
	return fmt.Sprintf("%s#%d", a.Kind, a.N)
}

// mostControls is how many controls of one window are looked at. More is a table of data, not a till.
const mostControls = 5000
