package script

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"cpos/engine/keys"
	"cpos/engine/receipt"
	"cpos/engine/words"
)

// maxFrame bounds one message in bytes. The longest honest one carries all scripts to the worker.
const maxFrame = 64 << 20

var errFrame = errors.New("message is too long")

// order is what the engine tells the worker: first what to load, then one hook at a time.
type order struct {
	Files  bundle `json:",omitempty"`
	File   string `json:",omitempty"`
	Limits Limits

	Hook     string    `json:",omitempty"`
	Context  *Context  `json:",omitempty"`
	Result   *Result   `json:",omitempty"`
	Giveback *Giveback `json:",omitempty"`
	Document *Document `json:",omitempty"`
}

// answer is what comes back. Exactly one of the fields that belong to the order is set, or Failed.
type answer struct {
	Defined []string      `json:",omitempty"`
	Plan    keys.Plan     `json:",omitempty"`
	Slip    *receipt.Slip `json:",omitempty"`
	Failed  *failure      `json:",omitempty"`
}

// failure carries a problem over the pipe, still without a language.
type failure struct {
	What, Hint words.Text
	Cause      string `json:",omitempty"`
}

func failureOf(err error) *failure {
	var p *words.Problem
	if !errors.As(err, &p) {
		return &failure{What: words.T("script.failed", "hook", "", "at", "", "why", err)}
	}
	f := &failure{What: p.What, Hint: p.Hint}
	if p.Cause != nil {
		f.Cause = p.Cause.Error()
	}
	return f
}

func (f *failure) problem() error {
	p := &words.Problem{What: f.What, Hint: f.Hint, Kind: ErrScript}
	if f.Cause != "" {
		p.Cause = Trace(f.Cause)
	}
	return p
}

// send writes one message: its length in four bytes, then JSON.
func send(w io.Writer, message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if len(body) > maxFrame {
		return errFrame
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}

// receive reads one message. It trusts no length before the bytes are there.
func receive(r io.Reader, message any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := int64(binary.BigEndian.Uint32(head[:]))
	if n > maxFrame {
		return errFrame
	}
	body, err := io.ReadAll(io.LimitReader(r, n))
	if err != nil {
		return err
	}
	if int64(len(body)) < n {
		return io.ErrUnexpectedEOF
	}
	if err := json.Unmarshal(body, message); err != nil {
		return fmt.Errorf("message: %w", err)
	}
	return nil
}
