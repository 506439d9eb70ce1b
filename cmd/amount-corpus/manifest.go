package main

import (
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// The roles and duties of a picture.
const (
	roleTeach = "teach"
	roleTest  = "test"

	mustRead          = "read"            // a reader should say want
	mustTruthOrReject = "truth-or-reject" // want or nothing
	mustReject        = "reject"          // nothing may be accepted
)

// row is a line of the manifest. Want is empty where nothing may be accepted; text is what stands in the
// picture; second is the picture of the next grab, where a hazard needs two.
type row struct {
	file, cat, style, role, must, want, text, second string
	s                                                *style
}

var columns = []string{"file", "cat", "style", "role", "must", "want", "text", "second", "font", "px", "system", "smoothing", "phases", "scale", "stretched", "align", "ink", "paper"}

func (r row) fields() []string {
	s := r.s
	return []string{
		r.file, r.cat, r.style, r.role, r.must, r.want, r.text, r.second, s.Font.Name, strconv.Itoa(s.Px), s.d.System, string(s.d.Smoothing),
		strconv.Itoa(s.d.Phases), strconv.FormatFloat(s.Scale, 'g', -1, 64), strconv.FormatBool(s.Stretch), string(s.Align), s.Ink.String(), s.Paper.String(),
	}
}

// writeManifest writes DIR/manifest.csv, the styles in their order.
func writeManifest(dir string, rows []row) error {
	f, err := os.Create(filepath.Join(dir, "manifest.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	w := csv.NewWriter(f)
	_ = w.Write(columns) // an error stays and is told by Error below
	for _, r := range rows {
		_ = w.Write(r.fields())
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return f.Close()
}

var encoder = png.Encoder{CompressionLevel: png.BestSpeed}

// writePicture writes a PNG into the corpus and returns its name in the manifest.
func writePicture(dir string, img image.Image, parts ...string) (string, error) {
	name := filepath.Join(parts...) + ".png"
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := encoder.Encode(f, img); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return filepath.ToSlash(name), f.Close()
}

// byStyle keeps the rows of styles together, whatever thread drew them first.
func byStyle(all [][]row) []row { return slices.Concat(all...) }
