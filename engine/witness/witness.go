// Package witness owns what is remembered of reading amounts at one till: for each order what was read and
// by whom, for a while the picture itself, and how many readings in a row the cashiers have confirmed.
//
// It promises that a correction locks payment without Enter before the corrected amount is charged, that the
// count survives a power cut or is smaller than it was, never larger, and that a picture is gone when its
// time is over. It lies beside the book and not in it: the book says what was charged, whoever read it; here
// stands how far the till's eyes are to be trusted. Losing it, or a changed profile, only means that Enter is
// asked for again.
package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cpos/engine/capture"
	"cpos/engine/pay"
)

// Options say how much is asked for and how long things are kept.
type Options struct {
	// Profile names what is trusted: the way of reading, taught signs included. Another one begins at nothing.
	Profile string
	// After is how many readings must be confirmed in a row; 0 trusts at once.
	After int
	// Pictures is how long a picture is kept; 0 keeps none.
	Pictures time.Duration
	// Now is the wall clock; nil means time.Now.
	Now func() time.Time
	Log *slog.Logger
}

// Witness is the memory of one till. It is used by one process at a time.
type Witness struct {
	dir string
	opt Options

	mu    sync.Mutex
	trust trust
	swept time.Time
}

// trust is what unlocks payment without Enter.
type trust struct {
	Profile   string    `json:"profile"`
	Confirmed int       `json:"confirmed"` // in a row
	Corrected int       `json:"corrected"` // ever, under this profile
	Last      time.Time `json:"last_correction,omitzero"`
}

const (
	trustFile = "trust.json"
	dayForm   = "2006-01-02"
	// sweepEvery keeps the search for old pictures rare.
	sweepEvery = 10 * time.Minute
)

// Open takes up what is remembered in a folder, which is made if it is missing. A memory that cannot be read
// counts as none.
func Open(dir string, o Options) (*Witness, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open readings: %w", err)
	}
	w := &Witness{dir: dir, opt: o}
	var err error
	if w.trust, err = w.kept(); err != nil {
		return nil, err
	}
	w.sweep()
	return w, nil
}

// kept reads the count of this profile.
func (w *Witness) kept() (trust, error) {
	fresh := trust{Profile: w.opt.Profile}
	data, err := os.ReadFile(filepath.Join(w.dir, trustFile))
	var kept trust
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fresh, nil
	case err != nil:
		return fresh, fmt.Errorf("open readings: %w", err)
	case json.Unmarshal(data, &kept) != nil:
		w.opt.Log.Warn("what is known of earlier readings cannot be read; counting begins anew")
		return fresh, nil
	case kept.Profile != w.opt.Profile || kept.Confirmed < 0:
		return fresh, nil
	}
	return kept, nil
}

// Look is Left for somebody who only looks: nothing is made or removed.
func Look(dir string, o Options) (left int, err error) {
	w := &Witness{dir: dir, opt: o}
	w.opt.Log = slog.New(slog.DiscardHandler)
	if w.trust, err = w.kept(); err != nil {
		return o.After, err
	}
	return w.Left(), nil
}

// Left is how many more readings must be confirmed before an amount is paid without Enter.
func (w *Witness) Left() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(0, w.opt.After-w.trust.Confirmed)
}

// Corrected begins the count anew. It is locked when Corrected returns, even if that could not be written.
func (w *Witness) Corrected(_ capture.Reading, _ pay.Money) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trust.Confirmed, w.trust.Last = 0, w.opt.Now().UTC()
	w.trust.Corrected++
	return w.save()
}

// Charged keeps a reading with its order, and counts it when it was confirmed.
func (w *Witness) Charged(order string, r capture.Reading, confirmed bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	record := recordOf(order, r, w.opt.Now().UTC())
	record.Confirmed = confirmed
	var errs []error
	if r.Crop != nil && w.opt.Pictures > 0 {
		record.Picture = filepath.ToSlash(filepath.Join(record.At.Format(dayForm), order+".png"))
		errs = append(errs, w.keepPicture(record.Picture, r))
	}
	errs = append(errs, w.append(record))
	if confirmed {
		w.trust.Confirmed++
		errs = append(errs, w.save())
	}
	if now := w.opt.Now(); now.Sub(w.swept) >= sweepEvery || now.Before(w.swept) {
		w.sweep()
	}
	return errors.Join(errs...)
}

// save writes the count so that a power cut leaves the old one or the new one.
func (w *Witness) save() error {
	data, err := json.Marshal(w.trust)
	if err != nil {
		return fmt.Errorf("keep readings: %w", err)
	}
	if err := replace(filepath.Join(w.dir, trustFile), data); err != nil {
		return fmt.Errorf("keep readings: %w", err)
	}
	return nil
}

// replace writes a file whole or not at all.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
