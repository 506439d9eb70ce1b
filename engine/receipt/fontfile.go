package receipt

import (
	"encoding/binary"
	"errors"
)

// ErrFontFile says that a file is no TrueType or OpenType font.
var ErrFontFile = errors.New("not a font file")

// maxMembers bounds the fonts of one collection.
const maxMembers = 64

// membersOf gives every font of a file as a file of its own. Collections keep tables at odd places that
// the font reader refuses, so each member is written anew with its tables at multiples of four.
func membersOf(file []byte) ([][]byte, error) {
	starts, err := starts(file)
	if err != nil {
		return nil, err
	}
	var members [][]byte
	for _, at := range starts {
		m, err := member(file, at)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	return members, nil
}

// starts gives where each table directory begins.
func starts(file []byte) ([]uint32, error) {
	if len(file) < 12 {
		return nil, ErrFontFile
	}
	if string(file[:4]) != "ttcf" {
		return []uint32{0}, nil
	}
	n := binary.BigEndian.Uint32(file[8:])
	if n == 0 || n > maxMembers || len(file) < 12+4*int(n) {
		return nil, ErrFontFile
	}
	all := make([]uint32, n)
	for i := range all {
		all[i] = binary.BigEndian.Uint32(file[12+4*i:])
	}
	return all, nil
}

// member copies one font: its directory, then its tables in the same order.
func member(file []byte, at uint32) ([]byte, error) {
	const head, entry = 12, 16
	if int64(at)+head > int64(len(file)) {
		return nil, ErrFontFile
	}
	tables := int(binary.BigEndian.Uint16(file[at+4:]))
	size := head + entry*tables
	if int64(at)+int64(size) > int64(len(file)) {
		return nil, ErrFontFile
	}
	out := append([]byte{}, file[at:int(at)+size]...)
	for i := range tables {
		e := out[head+entry*i:][:entry]
		from, n := int64(binary.BigEndian.Uint32(e[8:])), int64(binary.BigEndian.Uint32(e[12:]))
		if from+n > int64(len(file)) || int64(len(out))+n > 2*int64(len(file)) {
			return nil, ErrFontFile
		}
		binary.BigEndian.PutUint32(e[8:], uint32(len(out)))
		out = append(out, file[from:from+n]...)
		out = append(out, make([]byte, -len(out)&3)...)
	}
	return out, nil
}
