package script

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"cpos/engine/keys"
)

func TestFrames(t *testing.T) {
	plan := keys.Plan{{Op: keys.OpFocus}, {Op: keys.OpKey, Chord: keys.MustChord("ctrl+f6"), Times: 2},
		{Op: keys.OpExpect, Until: &keys.Predicate{Op: "window", Window: keys.Window{Exe: "x"}}, Else: []keys.Step{{Op: keys.OpBeep}}}}
	var pipe bytes.Buffer
	if err := send(&pipe, answer{Plan: plan}); err != nil {
		t.Fatal(err)
	}
	var got answer
	if err := receive(&pipe, &got); err != nil || len(got.Plan) != 3 || got.Plan[1].String() != "key ctrl+f6*2" || len(got.Plan[2].Else) != 1 {
		t.Errorf("%v, %v", got.Plan, err)
	}
}

// FuzzFrame holds that a worker gone mad cannot make the engine panic or set memory aside for nothing.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 2, '{', '}'})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add(append(binary.BigEndian.AppendUint32(nil, 30), []byte(`{"Plan":[{"Op":"key","Chord":"`)...))
	f.Add([]byte(strings.Repeat("\x00", 9)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var a answer
		if err := receive(bytes.NewReader(data), &a); err == nil && a.Failed != nil {
			_ = a.Failed.problem().Error()
		}
	})
}
