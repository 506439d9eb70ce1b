package screen

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"

	"cpos/engine/words"
)

// ErrNoData says that tesseract's training data was not found.
var ErrNoData = errors.New("tesseract data not found")

// dataFile is the training data that both readers use.
const dataFile = "eng.traineddata"

// FindData gives the folder that holds eng.traineddata. It looks in given (if any), in TESSDATA_PREFIX
// and below it, where the system's packages put it, and beside the program.
func FindData(given string) (string, error) {
	folders := []string{given}
	if prefix := os.Getenv("TESSDATA_PREFIX"); prefix != "" {
		folders = append(folders, prefix, filepath.Join(prefix, "tessdata"))
	}
	folders = append(folders, installed()...)
	if self, err := os.Executable(); err == nil {
		beside := filepath.Dir(self)
		folders = append(folders, beside, filepath.Join(beside, "tessdata"))
	}
	for _, f := range folders {
		if f == "" {
			continue
		}
		if info, err := os.Stat(filepath.Join(f, dataFile)); err == nil && info.Mode().IsRegular() {
			return f, nil
		}
	}
	return "", noData()
}

func noData() error {
	return words.Fail(ErrNoData, "screen.no_data", "file", dataFile).Advise("screen.no_data.hint", "file", dataFile)
}

func installed() []string {
	if runtime.GOOS == "windows" {
		return []string{filepath.Join(os.Getenv("ProgramFiles"), "Tesseract-OCR", "tessdata")}
	}
	return []string{"/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata", "/usr/share/tessdata"}
}
