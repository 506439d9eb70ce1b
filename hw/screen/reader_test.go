package screen_test

import (
	"os"
	"path/filepath"
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
	defer r.Close()
	capturetest.Exam(t, r, screens)
}

func TestThePortableReaderSitsTheExam(t *testing.T) {
	needData(t)
	r, err := screen.OpenPortable(t.Context(), screen.ReaderOptions{Cache: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	capturetest.Exam(t, r, screens)
}
