package capture

import (
	"sync"
	"time"

	"cpos/engine/pay"
)

// receiptFor is how long after a payment a slip of the same amount is taken for that sale's own receipt.
const receiptFor = 90 * time.Second

// spent is what the sources told of sales that are paid.
type spent struct {
	sync.Mutex
	serials map[Kind]uint64
	amount  pay.Money // of the last slip that was charged
	at      time.Time
}

// Spent says that the sale of a reading is paid. What a display or a printer had told by then counts for no
// other sale: a POS that has not yet told the next one shows the last one still. A slip of the same amount that
// comes out just after is the sale's receipt. The text of a window is what it shows now, and is not spent.
func (j *Judge) Spent(r Reading) {
	j.spent.Lock()
	defer j.spent.Unlock()
	for _, s := range r.Sources {
		if s.Serial == 0 || s.Kind != Display && s.Kind != PrintJob {
			continue
		}
		if j.spent.serials == nil {
			j.spent.serials = map[Kind]uint64{}
		}
		j.spent.serials[s.Kind] = max(j.spent.serials[s.Kind], s.Serial)
		if s.Kind == PrintJob {
			j.spent.amount, j.spent.at = s.Amount, time.Now()
		}
	}
}

// fresh makes an answer of what a line told, unless that is spent.
func (j *Judge) fresh(s Source, told Told) Said {
	said := j.parse(s, told.Lines)
	said.Serial = told.Serial
	if s.Kind != Display && s.Kind != PrintJob {
		return said
	}
	j.spent.Lock()
	defer j.spent.Unlock()
	receipt := s.Kind == PrintJob && said.Amount != 0 && said.Amount == j.spent.amount &&
		told.At.After(j.spent.at) && told.At.Before(j.spent.at.Add(receiptFor))
	if told.Serial <= j.spent.serials[s.Kind] || receipt {
		said.Amount, said.Why = 0, Spent
	}
	return said
}
