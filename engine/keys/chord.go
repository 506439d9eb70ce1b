package keys

// Mods is a set of modifiers.
type Mods uint8

const (
	Ctrl Mods = 1 << iota
	Shift
	Alt
	Super
)

// Key is the canonical lower-case name of a key: "a", "7", "f6", "enter", "grave".
type Key string

// Chord is a key with its modifiers.
type Chord struct {
	Mods Mods
	Key  Key
}
