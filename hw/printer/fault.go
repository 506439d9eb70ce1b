// Package printer owns carrying a finished job to paper: a printer on the network, a folder of files, and
// the queue that stands before each.
//
// It promises never to claim more than it knows: a job that was cut off is unknown, one that never left
// is none. It makes no bytes and repeats no job; copies and second tries are the caller's decisions.
package printer

import "fmt"

// Fault is a cause for which a printer does not print. The words room turns "printer.<fault>" into a
// sentence.
type Fault string

// The faults. Those from a printer's own status follow the bits of DLE EOT 1, 2 and 4.
const (
	FaultUnreachable Fault = "unreachable" // not switched on, wrong address, or held by another program
	FaultCover       Fault = "cover"
	FaultPaper       Fault = "paper"
	FaultError       Fault = "error"   // cutter, mechanics, or a head that is too hot
	FaultOffline     Fault = "offline" // without a cause that it tells
	FaultBroken      Fault = "broken"  // the connection broke in mid-job
	FaultSilent      Fault = "silent"  // it answered before the job and not after
	FaultFolder      Fault = "folder"  // the folder for jobs cannot be written
)

var faultTexts = map[Fault]string{
	FaultUnreachable: "printer cannot be reached",
	FaultCover:       "printer cover is open",
	FaultPaper:       "printer is out of paper",
	FaultError:       "printer reports an error",
	FaultOffline:     "printer is offline",
	FaultBroken:      "connection to the printer broke",
	FaultSilent:      "printer does not confirm the job",
	FaultFolder:      "folder for print jobs cannot be written",
}

// Error is the English form, as it stands in logs.
func (f Fault) Error() string { return faultTexts[f] }

// because adds what lies beneath; errors.Is finds both.
func (f Fault) because(err error) error { return fmt.Errorf("%w: %w", f, err) }

// Faults lists them all.
func Faults() []Fault {
	return []Fault{
		FaultUnreachable, FaultCover, FaultPaper, FaultError, FaultOffline, FaultBroken, FaultSilent, FaultFolder,
	}
}
