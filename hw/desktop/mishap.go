package desktop

// Mishap is what may befall a desktop under a running till.
type Mishap uint8

// The mishaps. The first three last until they are over; the others have happened when they are told.
const (
	Locked  Mishap = iota + 1 // somebody locked the session: nothing is heard and nothing can be pressed
	Away                      // nobody sees this session: the remote desktop was disconnected, or another user is in front
	TooHigh                   // the program in front has more rights than this one: nothing is heard while it is
	Screens                   // a screen came, went, moved or changed its size
	Scaling                   // a screen is scaled differently
	Woken                     // the computer was asleep
)

var mishapNames = [...]string{"", "locked", "away", "too_high", "screens", "scaling", "woken"}

// String names the mishap as keys of sentences do.
func (m Mishap) String() string {
	if int(m) < len(mishapNames) {
		return mishapNames[m]
	}
	return ""
}

// Befallen is news of a mishap.
type Befallen struct {
	Mishap Mishap
	Over   bool   // it has ended
	Window Window // of TooHigh: the window in front
}
