package screen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"cpos/engine/capture/capturetest"
	"cpos/hw/screen"
)

// needData skips where tesseract's data is not installed.
func needData(t testing.TB) {
	t.Helper()
	if _, err := screen.FindData(""); err != nil {
		t.Skip(err)
	}
}

var screens = os.DirFS(filepath.Join("..", "..", "testdata", "screens"))

func TestThisSystemsReaderSitsTheExam(t *testing.T) {
	needData(t)
	r, err := screen.OpenReader(t.Context(), screen.ReaderOptions{Cache: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	capturetest.Exam(t, r, screens)
	closes(t, r)
}

func TestThePortableReaderSitsTheExam(t *testing.T) {
	needData(t)
	cache := t.TempDir()
	r, err := screen.OpenPortable(t.Context(), screen.ReaderOptions{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	capturetest.Exam(t, r, screens)
	closes(t, r)
	if kept, err := filepath.Glob(filepath.Join(cache, "*", "*")); err != nil || len(kept) == 0 {
		t.Errorf("nothing compiled is kept for the next start: %v", err)
	}
}

// closes holds a reader to its end: closing twice is no error, reading afterwards is one.
func closes(t *testing.T, r *screen.Reader) {
	t.Helper()
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if text, err := r.Read(t.Context(), nil); err == nil {
		t.Errorf("a closed reader read %q", text)
	}
}

func TestACacheThatCannotBeUsedOnlyCostsTime(t *testing.T) {
	needData(t)
	file := filepath.Join(t.TempDir(), "not-a-folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := screen.OpenPortable(t.Context(), screen.ReaderOptions{Cache: file})
	if err != nil {
		t.Fatal(err)
	}
	closes(t, r)
}

func TestDataIsFoundWhereItIsSaid(t *testing.T) {
	given, prefix := t.TempDir(), t.TempDir()
	t.Setenv("TESSDATA_PREFIX", prefix)
	below := filepath.Join(prefix, "tessdata")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{below, given} {
		if err := os.WriteFile(filepath.Join(folder, "eng.traineddata"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := screen.FindData(given); err != nil || got != folder {
			t.Errorf("found %q, %v; want %q", got, err, folder)
		}
	}
}

func TestDataThatIsNoDataIsAnErrorNotACrash(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "eng.traineddata"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (*screen.Reader, error){
		"this system's": func() (*screen.Reader, error) {
			return screen.OpenReader(t.Context(), screen.ReaderOptions{Data: folder})
		},
		"portable": func() (*screen.Reader, error) {
			return screen.OpenPortable(t.Context(), screen.ReaderOptions{Data: folder})
		},
	} {
		if r, err := open(); err == nil {
			t.Errorf("the %s reader started", name)
			_ = r.Close()
		}
	}
}

// The WebAssembly tesseract is built for this release of wazero; later ones refuse its host module.
func TestWazeroStaysAtTheReleaseThatTesseractWasBuiltFor(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^\s*(require )?github\.com/tetratelabs/wazero v1\.5\.0\b`).Match(mod) {
		t.Error("go.mod does not ask for wazero v1.5.0")
	}
}
