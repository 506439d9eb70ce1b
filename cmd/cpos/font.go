package main

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os"

	"cpos/engine/receipt"
	"cpos/engine/words"
)

// errNoFont says that this machine has no font that a slip could be drawn with.
var errNoFont = errors.New("no font with Chinese characters")

// chineseFont opens the first font of the usual places.
func chineseFont() (*receipt.Face, error) {
	for _, name := range receipt.FontPaths() {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if f, err := receipt.NewFace(data); err == nil {
			return f, nil
		}
	}
	return nil, words.Fail(errNoFont, "doctor.fonts.no").Advise("doctor.fonts.no.hint")
}

// pictureOf draws a slip as PNG.
func pictureOf(lines []receipt.Line, paper receipt.Paper) ([]byte, error) {
	f, err := chineseFont()
	if err != nil {
		return nil, err
	}
	picture, err := receipt.Picture(lines, paper, f)
	if err != nil {
		return nil, fmt.Errorf("draw slip: %w", err)
	}
	var b bytes.Buffer
	err = png.Encode(&b, picture)
	return b.Bytes(), err
}
