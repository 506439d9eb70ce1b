package engine_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room says where a package stands and which packages of cpos it may import. A driver folder stands half
// a floor above its family (floors are counted in halves: 10 is one floor).
type room struct {
	floor int
	may   []string
}

const (
	ground  = 0
	first   = 10
	second  = 20
	third   = 30
	fourth  = 40 // the simulation of everything below
	door    = 90
	outside = -1 // imports nothing of cpos
)

// rooms is the map of the house. A package that is missing here fails the test, so the table stays true.
var rooms = map[string]room{
	"engine/pay":   {ground, nil},
	"engine/keys":  {ground, nil},
	"engine/words": {ground, nil},
	"engine/fault": {ground, nil},
	"engine/vault": {ground, nil},

	"engine/ledger":  {first, []string{"engine/pay"}},
	"engine/capture": {first, []string{"engine/pay"}},
	"engine/receipt": {first, []string{"engine/pay"}},
	"engine/face":    {first, []string{"engine/pay", "engine/words"}},

	"engine/capture/trial":       {first + 5, []string{"engine/pay", "engine/capture"}},
	"engine/capture/capturetest": {first + 5, []string{"engine/pay", "engine/capture"}},

	"engine/profile":             {second, []string{"engine/pay", "engine/keys", "engine/words", "engine/capture", "engine/receipt"}},
	"engine/profile/amend":       {second, nil},
	"engine/lesson":              {second + 5, []string{"engine/pay", "engine/capture", "engine/capture/trial", "engine/profile/amend"}},
	"engine/script":              {second, []string{"engine/pay", "engine/keys", "engine/words", "engine/capture", "engine/receipt"}},
	"engine/gateway":             {second, []string{"engine/pay", "engine/words"}},
	"engine/gateway/gatewaytest": {second + 5, []string{"engine/pay", "engine/gateway"}},
	"engine/gateway/cloudpay":    {second + 5, []string{"engine/pay", "engine/words", "engine/gateway"}},
	"engine/sandbox":             {second, []string{"engine/pay"}},
	"engine/witness":             {second, []string{"engine/pay", "engine/capture"}},
	"engine/store":               {second, []string{"engine/pay", "engine/ledger"}},
	"engine/store/storetest":     {second + 5, []string{"engine/pay", "engine/ledger"}},
	"engine/store/disktest":      {second + 5, nil},
	"engine/sheet":               {second, []string{"engine/pay", "engine/ledger", "engine/words"}},

	"engine/station": {third, []string{"engine/pay", "engine/keys", "engine/words", "engine/fault", "engine/ledger",
		"engine/capture", "engine/receipt", "engine/face", "engine/script", "engine/gateway"}},

	"engine/sim": {fourth, []string{"engine/pay", "engine/keys", "engine/fault", "engine/ledger", "engine/capture", "engine/receipt",
		"engine/face", "engine/script", "engine/gateway", "engine/gateway/cloudpay", "engine/sandbox", "engine/store", "engine/station"}},

	"hw/port":                {second, nil},
	"hw/desktop":             {second, []string{"engine/keys", "engine/capture"}},
	"hw/desktop/desktoptest": {second + 5, []string{"hw/desktop"}},
	"hw/desktop/winetest":    {second + 5, []string{"hw/desktop"}},
	"hw/input":               {second + 5, []string{"engine/keys", "hw/desktop", "hw/port"}},
	"hw/screen":              {second + 5, []string{"engine/capture", "engine/words", "hw/desktop"}},
	"hw/control":             {second + 5, []string{"engine/capture", "engine/keys", "hw/desktop"}},
	"hw/line":                {second + 5, []string{"engine/capture", "engine/receipt", "hw/port"}},
	"hw/printer":             {second + 5, []string{"engine/receipt", "hw/port"}},
	"hw/printer/printertest": {second + 5, []string{"engine/receipt"}},
	"hw/window":              {second + 5, []string{"engine/face", "engine/pay", "engine/words", "hw/desktop"}},

	"profiles":          {outside, nil},
	"scripts":           {outside, nil},
	"cmd/practice-pos":  {outside, nil},
	"cmd/amount-corpus": {outside, nil},
	"cmd/cpos":          {door, nil}, // may import everything
	"cmd/sim":           {door, nil},
}

func TestEveryRoomStandsOnItsFloor(t *testing.T) {
	seen := map[string]bool{}
	for dir, imports := range importsOfEachPackage(t) {
		r, known := rooms[dir]
		if !known {
			t.Errorf("%s stands on no floor: give it a row in this table", dir)
			continue
		}
		seen[dir] = true
		for _, to := range imports {
			checkImport(t, dir, r, to)
		}
	}
	for dir := range rooms {
		if !seen[dir] {
			t.Errorf("%s has a row in the table and no code", dir)
		}
	}
}

func checkImport(t *testing.T, from string, r room, to string) {
	t.Helper()
	target := rooms[to]
	switch {
	case r.floor == door:
	case r.floor == outside:
		t.Errorf("%s imports %s: it must know nothing of cpos", from, to)
	case target.floor >= r.floor:
		t.Errorf("%s imports %s: a room imports lower floors only", from, to)
	case strings.HasPrefix(from, "engine/") && strings.HasPrefix(to, "hw/"):
		t.Errorf("%s imports %s: the engine knows no device", from, to)
	case !slices.Contains(r.may, to):
		t.Errorf("%s imports %s: its row does not allow it", from, to)
	}
}

// importsOfEachPackage reads the import lists of all files that are not tests, whatever their build tags.
func importsOfEachPackage(t *testing.T) map[string][]string {
	t.Helper()
	root, module := "..", "cpos/"
	all := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "testdata" || rel == "out") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(rel))
		all[dir] = append(all[dir], nil...)
		for _, spec := range f.Imports {
			p, _ := strconv.Unquote(spec.Path.Value)
			if to, ours := strings.CutPrefix(p, module); ours {
				all[dir] = append(all[dir], to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("../go.mod"); err != nil {
		t.Fatal("not at the top of the module")
	}
	return all
}
