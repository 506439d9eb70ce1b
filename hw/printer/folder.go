package printer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"cpos/engine/receipt"
)

// Folder is a printer whose paper is a folder: each job becomes one file, named by the job.
type Folder struct{ dir string }

// NewFolder makes a printer into dir, which is made when the first job comes.
func NewFolder(dir string) *Folder { return &Folder{dir} }

const (
	jobExt  = ".escpos"
	partExt = ".part"
	maxName = 100 // bytes of a file name before its number
)

// Print writes the job to a new file that appears whole or not at all. Nothing is ever overwritten: the
// second job of a name becomes NAME-2. A file is no paper, so the proof is "sent".
func (f *Folder) Print(ctx context.Context, j receipt.Job) (receipt.Proof, error) {
	if err := ctx.Err(); err != nil {
		return receipt.ProofNone, context.Cause(ctx)
	}
	if err := f.print(j); err != nil {
		return receipt.ProofNone, FaultFolder.because(err)
	}
	return receipt.ProofSent, nil
}

func (f *Folder) print(j receipt.Job) error {
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return err
	}
	part, name, err := f.reserve(fileName(j.ID))
	if err != nil {
		return err
	}
	_, werr := part.Write(j.Bytes)
	if err := errors.Join(werr, part.Sync(), part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return os.Rename(part.Name(), name)
}

// reserve finds the first free name. Whoever writes a name holds its part file, made exclusively, so two
// programs printing into one folder never take the same one; a part file that a power cut left behind
// only costs its number.
func (f *Folder) reserve(base string) (part *os.File, name string, err error) {
	for n := 1; ; n++ {
		name = filepath.Join(f.dir, base+jobExt)
		if n > 1 {
			name = filepath.Join(f.dir, base+"-"+strconv.Itoa(n)+jobExt)
		}
		part, err = os.OpenFile(name+partExt, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return part, name, nil
		}
		if err := errors.Join(part.Close(), os.Remove(part.Name())); err != nil {
			return nil, "", err
		}
	}
}

// Check makes the folder and tries a file in it.
func (f *Folder) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return FaultFolder.because(err)
	}
	t, err := os.CreateTemp(f.dir, "check-*"+partExt)
	if err != nil {
		return FaultFolder.because(err)
	}
	return errors.Join(t.Close(), os.Remove(t.Name()))
}

// fileName keeps of a job's name what every file system takes. A name that Windows gives to a device is
// set apart by an underscore.
func fileName(id string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '-', r == '_':
			return r
		}
		return '_'
	}, id)
	name = name[:min(len(name), maxName)]
	if name == "" || isDeviceName(name) {
		return "_" + name
	}
	return name
}

func isDeviceName(name string) bool {
	n := strings.ToLower(name)
	switch n {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(n) == 4 && (strings.HasPrefix(n, "com") || strings.HasPrefix(n, "lpt")) && n[3] >= '0' && n[3] <= '9'
}
