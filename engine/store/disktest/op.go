package disktest

import "errors"

// Kind says what SQLite asks of the disk.
type Kind uint8

// The operations that leave a trace on a disk.
const (
	Open     Kind = iota // of a file, which may make it
	Write                // Data at Offset
	Truncate             // to Offset bytes
	Sync                 // everything of the file that was written before
	Delete               // of the name
	Map                  // of the memory that the processes of one book share; it may lengthen the file
)

func (k Kind) String() string {
	return [...]string{"open", "write", "truncate", "sync", "delete", "map"}[k]
}

// Op is one operation before it is done. Data belongs to SQLite and is there during the call only.
type Op struct {
	Kind   Kind
	File   string // its base name
	Dir    string // where it lies; of an Open only
	Offset int64
	Data   []byte
}

// What a layer may answer. nil lets the operation pass.
var (
	ErrFull  = errors.New("no space left on the disk")
	ErrIO    = errors.New("the disk failed")
	ErrShort = errors.New("the disk took half of it and was full") // of a write
	// ErrSkip does nothing and says that it was done.
	ErrSkip = errors.New("taken for done")
)

// Layer is asked before every operation. It may be asked from several goroutines.
type Layer func(Op) error
