package capture

import "fmt"

// Why an amount was not accepted.
const (
	NoPOS       Reason = "no_pos"             // no window matches the profile
	NotInFront  Reason = "not_in_front"       // another window is in front of the POS
	Resized     Reason = "resized"            // the client area has not the size at which the regions were taught
	Rescaled    Reason = "rescaled"           // the screen's scaling is not the taught one
	Outside     Reason = "outside"            // the region does not lie wholly inside the client area
	NoRegion    Reason = "no_region"          // the profile teaches no region of that name
	Blind       Reason = "blind"              // the screen could not be grabbed there
	Moved       Reason = "moved"              // the window moved or lost the front while it was looked at
	Unstable    Reason = "unstable"           // the picture kept changing
	Blank       Reason = "blank"              // nothing is written there
	EdgeInk     Reason = "edge_ink"           // something is cut by the region's edge, or covers it
	Unread      Reason = "unread"             // text recognition failed
	NotAmount   Reason = "not_amount"         // what was read is not an amount
	NoDecimals  Reason = "no_decimals"        // the decimals that the profile requires were not seen
	BadGrouping Reason = "bad_grouping"       // commas stand where no thousands end
	Negative    Reason = "negative"           // a refund, not a sale
	Zero        Reason = "zero"               // nothing to charge
	TooSmall    Reason = "too_small"          // below the profile's smallest amount
	TooLarge    Reason = "too_large"          // above the profile's largest amount
	TwoAmounts  Reason = "two_amounts"        // more than one number stands there
	Disagree    Reason = "disagree"           // the readings do not agree
	NotSerial   Reason = "not_serial"         // what was read is not a serial number
	NotCompared Reason = "nothing_to_compare" // there is no earlier picture
	Unfit       Reason = "unfit"              // the region is too small or too large to be read
	Recoloured  Reason = "recoloured"         // the colours are not the taught ones
	Strange     Reason = "strange"            // something stands there that no taught sign explains
	Unclear     Reason = "unclear"            // two taught signs explain it about equally well
)

// Why the sources of an amount, or what the regions hang on, failed.
const (
	NoAnchor   Reason = "no_anchor"   // the taught picture in the POS's window is not there
	TwoAnchors Reason = "two_anchors" // it is there more than once
	Covered    Reason = "covered"     // another window lies over the region
	Silent     Reason = "silent"      // the source was told nothing, or nothing lately
	SourceLost Reason = "source_lost" // the source's device failed
	Spent      Reason = "spent"       // what the source told was of a sale that is paid
)

// Why an amount that is sure waits for Enter all the same (Reading.Hold), beside TooLarge.
const (
	OneSource Reason = "one_source" // fewer sources than the profile wants told it
	NoSecond  Reason = "no_second"  // the second opinion did not come in time
	Locked    Reason = "locked"     // too few readings were confirmed as they were read
)

// Reasons lists every code, so that the words room can be held to have a sentence for each.
func Reasons() []Reason {
	return []Reason{NoAnchor, TwoAnchors, Covered, Silent, SourceLost, Spent, OneSource, NoSecond, Locked,
		NoPOS, NotInFront, Resized, Rescaled, Outside, NoRegion, Blind, Moved, Unstable, Blank, EdgeInk, Unread,
		NotAmount, NoDecimals, BadGrouping, Negative, Zero, TooSmall, TooLarge, TwoAmounts, Disagree, NotSerial, NotCompared,
		Unfit, Recoloured, Strange, Unclear}
}

// Refusal is a Reason as an error, where there is no Reading to carry it. Cause is set when a device failed.
type Refusal struct {
	Why   Reason
	Cause error
}

func (r *Refusal) Error() string {
	if r.Cause == nil {
		return fmt.Sprintf("nothing accepted: %s", r.Why)
	}
	return fmt.Sprintf("nothing accepted: %s: %v", r.Why, r.Cause)
}

func (r *Refusal) Unwrap() error { return r.Cause }
