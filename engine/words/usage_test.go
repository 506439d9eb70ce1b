package words

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// used finds the keys that the program names in full: words.T("key", words.Fail(kind, "key", Advise("key".
var used = regexp.MustCompile(`(?:words\.T\(|words\.Fail\([A-Za-z_.]+,\s*|\.Advise\()"([a-z0-9_.]+)"`)

func TestEveryKeyThatTheProgramNamesStandsInTheCatalogue(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2 {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range used.FindAllStringSubmatch(string(source), -1) {
			key := m[1]
			if strings.HasSuffix(key, ".") {
				continue // the rest is made at run time; its room tests it
			}
			seen++
			if !Known(key) {
				t.Errorf("%s: key %q is not in the catalogue", path, key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Errorf("only %d keys were found: does the pattern still match?", seen)
	}
}
