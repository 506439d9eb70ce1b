package script

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"cpos/engine/words"
)

// Source says where a script and the files it may load lie.
type Source struct {
	Root fs.FS  // the script root; load("other.star", ...) stays inside it
	Std  fs.FS  // what load("@std//name.star", ...) reaches; it must hold receipt.star
	File string // the script; empty means no hooks of one's own and the standard slips
}

// Limits of a bundle. A worker gets all of it in one message.
const (
	maxFiles = 200
	maxFile  = 256 << 10
	stdMark  = "@std//"
	standard = stdMark + "receipt.star"
)

// bundle is every file that a script may load, by the name it is loaded with.
type bundle map[string]string

// gather reads all script files of a source once, so that what runs cannot change under a hook.
func (s Source) gather() (bundle, error) {
	all := bundle{}
	for mark, root := range map[string]fs.FS{"": s.Root, stdMark: s.Std} {
		if root == nil {
			continue
		}
		err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".star" {
				return err
			}
			return all.take(root, name, mark)
		})
		if err != nil {
			return nil, words.Fail(ErrScript, "script.unreadable", "file", s.File).Because(err)
		}
	}
	if _, ok := all[s.File]; s.File != "" && !ok {
		return nil, words.Fail(ErrScript, "script.no_file", "file", s.File).Advise("script.no_file.hint")
	}
	return all, nil
}

func (b bundle) take(root fs.FS, name, mark string) error {
	data, err := fs.ReadFile(root, name)
	switch {
	case err != nil:
		return err
	case len(data) > maxFile:
		return fmt.Errorf("%s is longer than %d bytes", name, maxFile)
	case len(b) >= maxFiles:
		return fmt.Errorf("more than %d files", maxFiles)
	}
	b[mark+name] = string(data)
	return nil
}

// resolve gives the full name of a module that a file loads. A name never leaves its root.
func (b bundle) resolve(from, name string) (string, error) {
	full := name
	if !strings.HasPrefix(name, stdMark) {
		mark := ""
		if rest, ok := strings.CutPrefix(from, stdMark); ok {
			mark, from = stdMark, rest
		}
		full = mark + path.Join(path.Dir(from), name)
	}
	if _, ok := b[full]; !ok {
		return "", fmt.Errorf("there is no file %q", name)
	}
	return full, nil
}
