package profile_test

import (
	"strings"
	"testing"

	"cpos/engine/profile"
	"cpos/profiles"
)

func shipped() profile.Source {
	return profile.Source{FS: profiles.FS, Till: "practice/till1", Env: "sandbox", Drivers: []string{"cloudpay"}}
}

func TestTheShippedProfileLoads(t *testing.T) {
	p, err := profile.Load(shipped())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := p.Write(&b, true); err != nil {
		t.Fatal(err)
	}
	t.Log(b.String())
}
