package receipt

import "context"

// Proof is how much is known of a printed job. The zero value is unknown, and unknown is never "printed".
type Proof uint8

const (
	ProofUnknown Proof = iota // it may or may not be on paper
	ProofNone                 // certainly nothing was printed
	ProofSent                 // the port took all bytes
	ProofDrained              // the printer read all bytes
	ProofPrinted              // the printer says that it printed them
)

var proofNames = [...]string{"unknown", "none", "sent", "drained", "printed"}

func (p Proof) String() string {
	if int(p) < len(proofNames) {
		return proofNames[p]
	}
	return "invalid"
}

// Job is the bytes of one slip on their way to a printer.
type Job struct {
	ID    string // order, kind and copy: stable, so that a job is never silently sent twice
	Bytes []byte
}

// Printer carries a job to paper. It makes no bytes and repeats nothing: an error comes with the proof of
// how far the job got.
type Printer interface {
	Print(ctx context.Context, j Job) (Proof, error)
	// Check says whether the printer can be reached, without printing.
	Check(ctx context.Context) error
}
