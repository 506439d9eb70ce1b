package witness

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cpos/engine/capture"
	"cpos/engine/pay"
)

// ErrNone says that nothing was read for an order, or that it is not remembered.
var ErrNone = errors.New("no reading is kept for this order")

// Record is what was read for one order. It holds no payment code and nothing about the customer.
type Record struct {
	Order     string    `json:"order"`
	At        time.Time `json:"at"`
	Amount    pay.Money `json:"amount"` // as read, in fen
	Sure      bool      `json:"sure"`
	By        string    `json:"by"` // the source that the amount is from
	Text      string    `json:"text"`
	Why       string    `json:"why,omitempty"`  // why not sure
	Hold      string    `json:"hold,omitempty"` // why it waited for Enter
	Opinion   string    `json:"opinion,omitempty"`
	Second    string    `json:"second,omitempty"` // what the second reader read
	Sources   []Told    `json:"sources,omitempty"`
	Confirmed bool      `json:"confirmed"` // the cashier let it stand and the customer paid it
	Picture   string    `json:"picture,omitempty"`
}

// Told is what one source said.
type Told struct {
	Kind   string    `json:"kind"`
	Text   string    `json:"text"`
	Amount pay.Money `json:"amount,omitempty"`
	Why    string    `json:"why,omitempty"`
}

func recordOf(order string, r capture.Reading, at time.Time) Record {
	rec := Record{Order: order, At: at, Amount: r.Amount, Sure: r.Sure, By: string(r.By), Text: r.Text, Why: string(r.Why),
		Hold: string(r.Hold), Opinion: r.Opinion.String(), Second: strings.TrimSpace(r.Second)}
	for _, s := range r.Sources {
		rec.Sources = append(rec.Sources, Told{string(s.Kind), s.Text, s.Amount, string(s.Why)})
	}
	return rec
}

// append adds a line to the file of its day.
func (w *Witness) append(r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep reading: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(w.dir, r.At.Format(dayForm)+".jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep reading: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keep reading: %w", err)
	}
	return nil
}

// keepPicture writes what was looked at: the taught region and nothing around it.
func (w *Witness) keepPicture(name string, r capture.Reading) error {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep picture: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep picture: %w", err)
	}
	err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, r.Crop)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keep picture: %w", err)
	}
	return nil
}

// sweep removes pictures whose time is over. What cannot be removed now is tried again later.
func (w *Witness) sweep() {
	now := w.opt.Now()
	w.swept = now
	days, err := os.ReadDir(w.dir)
	if err != nil {
		w.opt.Log.Warn("look for old pictures", "error", err)
		return
	}
	for _, d := range days {
		if _, err := time.Parse(dayForm, d.Name()); err == nil && d.IsDir() {
			w.sweepDay(filepath.Join(w.dir, d.Name()), now)
		}
	}
}

func (w *Witness) sweepDay(dir string, now time.Time) {
	pictures, err := os.ReadDir(dir)
	if err != nil {
		w.opt.Log.Warn("look for old pictures", "error", err)
		return
	}
	left := len(pictures)
	for _, p := range pictures {
		info, err := p.Info()
		if err != nil || info.ModTime().Add(w.opt.Pictures).After(now) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, p.Name())); err != nil {
			w.opt.Log.Warn("remove an old picture", "error", err)
			continue
		}
		left--
	}
	if left == 0 {
		_ = os.Remove(dir) // tried again when it is not empty after all
	}
}

// Find gives what was read for an order, the newest where there are several, from the folder of a till; at
// is when the order was made. picture is the path of what was looked at, empty when it is gone.
func Find(dir, order string, at time.Time) (r Record, picture string, err error) {
	days := []string{at.UTC().Format(dayForm), at.UTC().AddDate(0, 0, 1).Format(dayForm)}
	for _, day := range slices.Backward(days) {
		found, err := findIn(filepath.Join(dir, day+".jsonl"), order)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return Record{}, "", err
		}
		if found.Picture != "" {
			path := filepath.Join(dir, filepath.FromSlash(found.Picture))
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && filepath.IsLocal(filepath.FromSlash(found.Picture)) {
				picture = path
			}
		}
		return found, picture, nil
	}
	return Record{}, "", ErrNone
}

// longestLine bounds one record.
const longestLine = 1 << 20

func findIn(file, order string) (Record, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, ErrNone
	}
	if err != nil {
		return Record{}, fmt.Errorf("look for a reading: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, longestLine)
	found, any := Record{}, false
	for lines.Scan() {
		var r Record
		if json.Unmarshal(lines.Bytes(), &r) == nil && r.Order == order { // a line that a power cut tore is none
			found, any = r, true
		}
	}
	if err := lines.Err(); err != nil {
		return Record{}, fmt.Errorf("look for a reading: %w", err)
	}
	if !any {
		return Record{}, ErrNone
	}
	return found, nil
}
