package ledger

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The two bodies that every payment writes, while a customer waits, are written without encoding/json, whose
// way through them takes longer than the rest of the fact. The bytes are the same. There are none where
// something cannot be written, which encoding/json then says.

func (b intentionV1) written() []byte {
	w := writing{to: make([]byte, 0, 384)}
	w.text("order", b.Order)
	w.text("store", b.Store)
	w.text("device", b.Device)
	w.text("clerk", b.Clerk)
	w.text("tender", b.Tender.String())
	w.number("fen", b.Fen)
	w.text("serial", b.Serial)
	w.text("remark", b.Remark)
	w.text("source", b.Source)
	w.moment("at", b.At)
	w.text("digest", b.Digest.String())
	return w.end()
}

func (b outcomeV1) written() []byte {
	w := writing{to: make([]byte, 0, 256)}
	w.text("status", b.Status.String())
	w.text("trade", b.Trade)
	w.text("why", string(b.Why))
	w.text("text", b.Text)
	w.number("net_fen", b.NetFen)
	w.name("log_id")
	w.to = strconv.AppendUint(w.to, b.LogID, 10)
	w.moment("at", b.At)
	return w.end()
}

// writing is an object that is being written.
type writing struct {
	to  []byte
	bad bool
}

func (w *writing) end() []byte {
	if w.bad {
		return nil
	}
	return append(w.to, '}')
}

func (w *writing) name(s string) {
	sign := byte(',')
	if len(w.to) == 0 {
		sign = '{'
	}
	w.to = append(w.to, sign, '"')
	w.to = append(append(w.to, s...), '"', ':')
}

func (w *writing) text(name, s string) {
	w.name(name)
	if plain(s) {
		w.to = append(append(append(w.to, '"'), s...), '"')
		return
	}
	quoted, _ := marshal(s) // a text never fails
	w.to = append(w.to, quoted...)
}

func (w *writing) number(name string, n int64) {
	w.name(name)
	w.to = strconv.AppendInt(w.to, n, 10)
}

func (w *writing) moment(name string, at stamp) {
	text, err := at.MarshalText()
	w.bad = w.bad || err != nil
	w.text(name, string(text))
}

// plain says that a text stands in JSON as it is.
func plain(s string) bool {
	ascii := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] == '"' || s[i] == '\\' {
			return false
		}
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	return ascii || utf8.ValidString(s) && !strings.ContainsAny(s, "\u2028\u2029")
}
