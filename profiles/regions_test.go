package profiles_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"cpos/engine/profile"
	"cpos/profiles"
)

// The practice POS prints where things are on its window; the shipped profile must say the same.
func TestTheShippedRegionsAreThoseOfThePracticePOS(t *testing.T) {
	c := exec.Command("go", "run", "-tags", "nowindow", "cpos/cmd/practice-pos", "--regions")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Client  struct{ W, H int }
		Regions map[string]struct{ X, Y, W, H int }
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Load(profile.Source{FS: profiles.FS, Till: "practice/till1"})
	if err != nil {
		t.Fatal(err)
	}
	screen := p.Taught()
	if screen.Size != [2]int{said.Client.W, said.Client.H} {
		t.Errorf("the window is %v, the profile says %v", said.Client, screen.Size)
	}
	for name, r := range screen.Regions {
		if is, ok := said.Regions[name]; !ok || profile.Region(is) != r {
			t.Errorf("%s lies at %v, the profile says %v", name, is, r)
		}
	}
}
