package line

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// totalsOf gives everything that is told of a stream, read after each of its pieces.
func totalsOf(pieces ...string) [][]string {
	s := slip{total: DefaultTotal}
	var all [][]string
	for _, p := range pieces {
		s.add([]byte(p))
		if said, _ := s.read(); len(said) > 0 {
			all = append(all, said)
		}
	}
	return all
}

const he, ying = "\xba\xcf\xbc\xc6", "\xd3\xa6\xca\xd5" // 合计, 应收

func TestASlipTellsItsTotal(t *testing.T) {
	rows := []struct {
		name   string
		pieces []string
		want   [][]string
	}{
		{"a slip", []string{"\x1b@tea 12.50\n" + he + ": 12.50\n\x1dV\x00"}, [][]string{{"12.50"}}},
		{"the sign of the yuan is told as it stands", []string{he + " \xa3\xa41,234.56\n"}, [][]string{{"￥1,234.56"}}},
		{"in large letters", []string{"\x1b!\x38" + he + "\x1b!\x00  \x1d!\x1112.50\x1d!\x00\n"}, [][]string{{"12.50"}}},
		{"no total on it", []string{"tea 12.50\n\x1dV\x00"}, nil},
		{"two that differ", []string{he + " 12.50\n" + ying + " 12.00\n"}, [][]string{{"12.50", "12.00"}}},
		{"two that are the same", []string{he + " 12.50\n" + ying + " 12.50\n"}, [][]string{{"12.50"}}},
		{"a line that is not finished", []string{he + " 12"}, nil},
		{"a line that comes in pieces", []string{he + " 12", "3.", "45\n"}, [][]string{{"123.45"}}},
		{"a sign that comes in pieces", []string{"\xba", "\xcf\xbc", "\xc6 8.00\n"}, [][]string{{"8.00"}}},
		{"told once while the slip goes on", []string{he + " 8.00\n", "thank", " you\n\x1dV\x00"}, [][]string{{"8.00"}}},
		{"the same total on the next slip is new", []string{he + " 8.00\n\x1dV\x00", he + " 8.00\n\x1dV\x00"}, [][]string{{"8.00"}, {"8.00"}}},
		{"two slips at once, the last one counts", []string{he + " 8.00\n\x1dV\x00" + he + " 9.00\n\x1dV\x00"}, [][]string{{"9.00"}}},
		{"a tab keeps two numbers apart", []string{he + " 3\t12.50\n"}, [][]string{{"3 12.50"}}},
		{"so does a move of the head", []string{he + " 3\x1b$\x09\x0112.50\n"}, [][]string{{"3    12.50"}}},
		{"and a carriage return", []string{he + " 3\r12.50\n"}, [][]string{{"3 12.50"}}},
		{"an unknown command's bytes are not part of the amount", []string{he + " \x1bz512.50\n"}, [][]string{{"?z512.50"}}},
		{"a total inside a picture is none", []string{"\x1dv0\x00\x01\x00\x0e\x00\n" + he + " 9.99\n123", "tea\n"}, nil},
		{"CR LF", []string{he + " 8.00\r\n"}, [][]string{{"8.00"}}},
		{"fed instead of ended", []string{he + " 8.00\x1bd\x03"}, [][]string{{"8.00"}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := totalsOf(row.pieces...); !slices.EqualFunc(got, row.want, slices.Equal) {
				t.Errorf("told %q, want %q", got, row.want)
			}
		})
	}
}

// However a stream is cut into pieces, every slip tells its total, once, and no other.
func TestSlipsTellTheSameHoweverTheyAreCut(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for range 200 {
		var stream string
		var want [][]string
		for i := range 3 {
			total := fmt.Sprintf("%d.%02d", r.IntN(5000), r.IntN(100))
			stream += "\x1b@\x1c&tea\t1\n\x1dv0\x00\x02\x00\x02\x00\n\n\n\n" + he + ":\x1b$\x40\x00\x1dB\x00" + total + fmt.Sprintf("\n#%d\n\x1bd\x03\x1dVB\x00", i)
			want = append(want, []string{total})
		}
		s, got := slip{total: DefaultTotal}, [][]string(nil)
		for len(stream) > 0 {
			n := 1 + r.IntN(min(len(stream), 9))
			s.add([]byte(stream[:n]))
			stream = stream[n:]
			if said, _ := s.read(); len(said) > 0 {
				got = append(got, said)
			}
		}
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("told %q, want %q", got, want)
		}
	}
}

func TestASlipThatNeverEndsIsLetGo(t *testing.T) {
	s := slip{total: DefaultTotal}
	for range 3 {
		s.add(make([]byte, mostSlip/2))
	}
	s.add([]byte("\n" + he + " 8.00\n"))
	if said, _ := s.read(); said != nil || len(s.buf) > 0 {
		t.Errorf("told %q, keeps %d bytes", said, len(s.buf))
	}
	s.close()
	s.add([]byte(he + " 8.00\n"))
	if said, _ := s.read(); len(said) != 1 {
		t.Errorf("told %q of the next one", said)
	}
}

func FuzzSlip(f *testing.F) {
	for _, seed := range []string{"\x1b@tea 12.50\n" + he + ": 12.50\n\x1dV\x00", "\x1dv0\x00\x02\x00\x02\x00\n\n\n\n", he + " 3\x1b$\x09\x0112.50\n", "\x1bz\x1c&\x1d(k\x04\x00"} {
		f.Add([]byte(seed), 3)
	}
	f.Fuzz(func(t *testing.T, stream []byte, at int) {
		s := slip{total: DefaultTotal}
		cut := 0
		if len(stream) > 0 {
			cut = max(at, 0) % len(stream)
		}
		s.add(stream[:cut])
		s.read()
		s.add(stream[cut:])
		if said, _ := s.read(); len(said) > 0 && slices.Contains(said, "") {
			t.Errorf("told %q", said)
		}
		if len(s.buf) > len(stream) {
			t.Errorf("keeps %d of %d bytes", len(s.buf), len(stream))
		}
	})
}
