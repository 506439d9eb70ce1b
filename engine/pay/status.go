package pay

import "fmt"

// Status is what is known of a payment. The zero value is unknown: forgetting to set it can never read
// as paid, nor as unpaid.
type Status uint8

const (
	Unknown  Status = iota // asked, no answer that can be believed
	Pending                // the service has it and the customer has not finished
	Paid                   // verified success
	Declined               // the service says it did not and will not happen
	Closed                 // undone, reversed or never created
)

var statusNames = [...]string{"unknown", "pending", "paid", "declined", "closed"}

func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// MarshalText writes the name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name; an unknown name is an error.
func (s *Status) UnmarshalText(b []byte) error { return parseName(statusNames[:], string(b), s) }

// Final says that nothing may follow, apart from a paid order being reversed (Paid to Closed).
func (s Status) Final() bool { return s == Paid || s == Declined || s == Closed }

// MayBecome says whether next may be recorded after s. The same status again is always allowed, for an
// answer may come twice.
func (s Status) MayBecome(next Status) bool {
	switch {
	case s == next:
		return true
	case s == Paid:
		return next == Closed
	case s.Final():
		return false
	}
	return next != Unknown || s == Pending
}

// RefundStatus is what is known of a refund. The zero value is unknown.
type RefundStatus uint8

const (
	RefundUnknown  RefundStatus = iota
	RefundAccepted              // the service took the request; the money is on its way, not there
	RefundDone                  // the customer has the money
	RefundFailed                // refused; the sum is free for another refund
	RefundManual                // the service could not pay it out; the merchant must pay the customer by hand
)

var refundStatusNames = [...]string{"unknown", "accepted", "done", "failed", "manual"}

func (s RefundStatus) String() string { return nameOf(refundStatusNames[:], int(s)) }

// MarshalText writes the name.
func (s RefundStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name; an unknown name is an error.
func (s *RefundStatus) UnmarshalText(b []byte) error {
	return parseName(refundStatusNames[:], string(b), s)
}

// Final says that nothing may follow.
func (s RefundStatus) Final() bool { return s == RefundDone || s == RefundFailed || s == RefundManual }

// MayBecome says whether next may be recorded after s.
func (s RefundStatus) MayBecome(next RefundStatus) bool {
	if s == next {
		return true
	}
	return !s.Final() && (next != RefundUnknown || s == RefundAccepted)
}

// Held says that the sum counts against what may still be refunded. A refund of unknown fate holds its
// sum, for the money may be gone.
func (s RefundStatus) Held() bool { return s != RefundFailed }

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("invalid(%d)", i)
}

func parseName[T ~uint8](names []string, s string, to *T) error {
	for i, name := range names {
		if name == s {
			*to = T(i)
			return nil
		}
	}
	return fmt.Errorf("unknown name %q", clip(s))
}
