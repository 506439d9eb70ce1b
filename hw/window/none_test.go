//go:build nowindow || (!windows && !cgo)

package window

import (
	"errors"
	"testing"

	"cpos/engine/face"
	"cpos/engine/words"
)

func TestABuildWithoutWindowsSaysSo(t *testing.T) {
	_, made := New(Options{})
	_, drawn := Render(face.View{}, words.Chinese, 1)
	for _, err := range []error{made, drawn} {
		var p *words.Problem
		if !errors.As(err, &p) || !errors.Is(err, ErrNone) || !words.Known(p.What.Key) || !words.Known(p.Hint.Key) {
			t.Errorf("got %v", err)
		}
	}
}
