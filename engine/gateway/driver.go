// Package gateway owns the form of a driver, the set of them, and the HTTP client they all share.
//
// It promises that a driver's options are data: the profile's check, the doctor and the listing read the
// same table, and a secret is marked once. Each service's protocol is left to its own folder below.
package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"cpos/engine/pay"
)

// Option describes one setting of a driver.
type Option struct {
	Name     string
	Help     string // key of the words room
	Default  string
	Required bool
	Secret   bool
}

// Env is what the door hands to every driver.
type Env struct {
	HTTP    *http.Client
	Now     func() time.Time
	Nonce   func() string // random letters and digits, up to 32; nil takes the system's chance
	Store   string        // out_shop_id
	Device  string
	Clerk   string
	Options map[string]string // by Option.Name; secrets in clear, in memory only
}

// Driver is one payment service.
type Driver struct {
	Name    string
	Help    string // key of the words room
	Options []Option
	// New looks at the options only and has no effect on the world.
	New func(Env) (pay.Gateway, error)
}

// Set is the drivers of this program.
type Set []Driver

// Find gives the driver of that name.
func (s Set) Find(name string) (Driver, error) {
	i := slices.IndexFunc(s, func(d Driver) bool { return d.Name == name })
	if i < 0 {
		return Driver{}, fmt.Errorf("no gateway driver %q", name)
	}
	return s[i], nil
}
