package witness_test

import (
	"errors"
	"image"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/engine/witness"
)

var morning = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// till is a till whose clock the test holds.
type till struct {
	dir string
	now time.Time
	opt witness.Options
}

func newTill(t *testing.T, after int) *till {
	k := &till{dir: filepath.Join(t.TempDir(), "readings"), now: morning}
	k.opt = witness.Options{Profile: "a", After: after, Pictures: 24 * time.Hour, Now: func() time.Time { return k.now }}
	return k
}

func (k *till) open(t *testing.T) *witness.Witness {
	t.Helper()
	w, err := witness.Open(k.dir, k.opt)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func reading() capture.Reading {
	said := capture.Said{Kind: capture.Pixels, Text: "￥12.50", Amount: 1250}
	return capture.Reading{Amount: 1250, Sure: true, By: capture.Pixels, Text: "￥12.50", Opinion: capture.Confirmed, Second: "12.50\n",
		Crop: image.NewRGBA(image.Rect(0, 0, 8, 4)), Sources: []capture.Said{said}}
}

func charge(t *testing.T, w *witness.Witness, order string, confirmed bool) {
	t.Helper()
	if err := w.Charged(order, reading(), confirmed); err != nil {
		t.Fatal(err)
	}
}

func TestPaymentWithoutEnterIsUnlockedByConfirmationsInARow(t *testing.T) {
	k := newTill(t, 3)
	w := k.open(t)
	for i, want := range []int{2, 1} {
		if charge(t, w, "N1", true); w.Left() != want {
			t.Fatalf("after %d: %d left", i+1, w.Left())
		}
	}
	charge(t, w, "N2", false)
	if w.Left() != 1 {
		t.Errorf("a reading that nobody confirmed was counted: %d left", w.Left())
	}
	if w = k.open(t); w.Left() != 1 {
		t.Errorf("a restart forgot it: %d left", w.Left())
	}
	if charge(t, w, "N3", true); w.Left() != 0 {
		t.Fatalf("%d left", w.Left())
	}
	if charge(t, w, "N4", true); w.Left() != 0 {
		t.Fatalf("%d left", w.Left())
	}
	if err := w.Corrected(reading(), 1300); err != nil || w.Left() != 3 {
		t.Fatalf("one correction left it at %d, %v", w.Left(), err)
	}
	if w = k.open(t); w.Left() != 3 {
		t.Errorf("a restart forgot the correction: %d left", w.Left())
	}
	charge(t, w, "N5", true)
	if left, err := witness.Look(k.dir, k.opt); err != nil || left != 2 {
		t.Errorf("who only looks sees %d left, %v", left, err)
	}
	none := filepath.Join(t.TempDir(), "none")
	if left, err := witness.Look(none, k.opt); err != nil || left != 3 {
		t.Errorf("where nothing is: %d left, %v", left, err)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("looking made a folder")
	}
}

func TestAnotherWayOfReadingBeginsAtNothing(t *testing.T) {
	k := newTill(t, 2)
	w := k.open(t)
	charge(t, w, "N1", true)
	charge(t, w, "N2", true)
	k.opt.Profile = "b"
	if w = k.open(t); w.Left() != 2 {
		t.Errorf("a profile that was taught anew is trusted: %d left", w.Left())
	}
}

func TestZeroTrustsAtOnce(t *testing.T) {
	w := newTill(t, 0).open(t)
	if w.Left() != 0 {
		t.Errorf("%d left", w.Left())
	}
	if err := w.Corrected(reading(), 1); err != nil || w.Left() != 0 {
		t.Errorf("%d left, %v: the provider took the risk", w.Left(), err)
	}
}

func TestWhatCannotBeReadCountsAsNothing(t *testing.T) {
	k := newTill(t, 2)
	w := k.open(t)
	charge(t, w, "N1", true)
	charge(t, w, "N2", true)
	for _, torn := range []string{"", "{", `{"profile":"a","confirmed":-5}`, `{"profile":"a","confirmed":"9"}`} {
		if err := os.WriteFile(filepath.Join(k.dir, "trust.json"), []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		if w := k.open(t); w.Left() != 2 {
			t.Errorf("%q: %d left", torn, w.Left())
		}
	}
}

func TestACorrectionLocksEvenWhenItCannotBeWritten(t *testing.T) {
	k := newTill(t, 1)
	w := k.open(t)
	charge(t, w, "N1", true)
	if err := os.RemoveAll(k.dir); err != nil {
		t.Fatal(err)
	}
	if err := w.Corrected(reading(), 1); err == nil || w.Left() != 1 {
		t.Errorf("%d left, %v", w.Left(), err)
	}
}

func TestAnOrderSaysWhatWasReadAndByWhom(t *testing.T) {
	k := newTill(t, 0)
	w := k.open(t)
	charge(t, w, "N1", false)
	charge(t, w, "N2", true)
	k.now = k.now.Add(23*time.Hour + 30*time.Minute) // charged after midnight, ordered before
	charge(t, w, "N3", true)
	for order, at := range map[string]time.Time{"N2": morning, "N3": k.now.Add(-time.Hour)} {
		r, picture, err := witness.Find(k.dir, order, at)
		if err != nil || r.Order != order || r.Amount != 1250 || r.By != "ocr" || r.Text != "￥12.50" || r.Opinion != "confirmed" ||
			r.Second != "12.50" || !r.Confirmed || len(r.Sources) != 1 || r.Sources[0].Kind != "ocr" {
			t.Errorf("%s: %+v, %v", order, r, err)
		}
		if _, err := os.Stat(picture); err != nil {
			t.Errorf("%s: %v", order, err)
		}
	}
	if _, _, err := witness.Find(k.dir, "N9", morning); !errors.Is(err, witness.ErrNone) {
		t.Errorf("an order that was never read: %v", err)
	}
	if err := os.WriteFile(filepath.Join(k.dir, "2026-11-23.jsonl"), []byte("{\"order\":\"N1\"\n{\"order\":\"N1\",\"text\":\"x\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, _, err := witness.Find(k.dir, "N1", morning); err != nil || r.Text != "x" {
		t.Errorf("beside a torn line: %+v, %v", r, err)
	}
}

func TestAPictureIsGoneWhenItsTimeIsOver(t *testing.T) {
	k := newTill(t, 0)
	w := k.open(t)
	charge(t, w, "N1", true)
	_, picture, err := witness.Find(k.dir, "N1", morning)
	if err != nil || picture == "" {
		t.Fatal(picture, err)
	}
	if err := os.Chtimes(picture, k.now, k.now); err != nil {
		t.Fatal(err)
	}
	k.now = k.now.Add(23*time.Hour + 59*time.Minute)
	charge(t, w, "N2", true)
	if _, err := os.Stat(picture); err != nil {
		t.Errorf("too early: %v", err)
	}
	k.now = k.now.Add(11 * time.Minute)
	charge(t, w, "N3", true)
	if _, err := os.Stat(picture); err == nil {
		t.Error("a picture outlived its time")
	}
	if r, picture, err := witness.Find(k.dir, "N1", morning); err != nil || picture != "" || r.Text != "￥12.50" {
		t.Errorf("%+v, %q, %v", r, picture, err)
	}
	k.opt.Pictures = 0
	w = k.open(t)
	charge(t, w, "N4", true)
	if all, _ := filepath.Glob(filepath.Join(k.dir, "*", "*.png")); len(all) > 0 {
		t.Errorf("pictures are kept: %v", all)
	}
}
