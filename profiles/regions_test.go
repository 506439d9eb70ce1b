package profiles_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"cpos/engine/profile"
	"cpos/profiles"
)

// The practice POS prints where things are on its window; the shipped profile must say the same of each
// look that it knows.
func TestTheShippedRegionsAreThoseOfThePracticePOS(t *testing.T) {
	program := filepath.Join(t.TempDir(), "practice-pos")
	build := exec.Command("go", "build", "-tags", "nowindow", "-o", program, "cpos/cmd/practice-pos")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p, err := profile.Load(profile.Source{FS: profiles.FS, Till: "practice/till1"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Taught().ID != "standard" || len(p.Screens) < 3 {
		t.Errorf("the till has the screen %q of %d", p.Taught().ID, len(p.Screens))
	}
	for _, screen := range p.Screens {
		t.Run(screen.ID, func(t *testing.T) { compare(t, program, screen) })
	}
}

func compare(t *testing.T, program string, screen profile.Screen) {
	out, err := exec.Command(program, "--look", screen.ID, "--regions").Output()
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
	if screen.Size != [2]int{said.Client.W, said.Client.H} {
		t.Errorf("the window is %v, the profile says %v", said.Client, screen.Size)
	}
	for name, r := range screen.Regions {
		if is, ok := said.Regions[name]; !ok || profile.Region(is) != r {
			t.Errorf("%s lies at %v, the profile says %v", name, is, r)
		}
	}
}
