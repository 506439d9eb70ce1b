package input_test

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// methodNews is what became of the POS's input method, oldest first.
func (r *rig) methodNews() (all []string) {
	for _, line := range r.pos.Got() {
		if strings.HasPrefix(line, "ime ") {
			all = append(all, line)
		}
	}
	return all
}

// opensMethod is the cashier, who switches her input method on.
func (r *rig) opensMethod(t *testing.T) {
	t.Helper()
	r.pos.Clear()
	r.pos.Tell("ime")
	eventually(t, "the input method is open", func() bool { return slices.Equal(r.methodNews(), []string{"ime open"}) })
	r.pos.Clear()
}

func TestOnWindowsAnInputMethodIsClosedForAPlanAndOpenedAgain(t *testing.T) {
	r := newRig(t)
	must(t, r.TypeIn(t.Context(), thePOS, "a"))
	r.typed(t, "a")
	if news := r.methodNews(); len(news) > 0 {
		t.Errorf("an input method that was closed: %v", news)
	}
	time.Sleep(2 * time.Second / 5) // the next keys begin a run of their own
	for range 3 {
		r.opensMethod(t)
		must(t, r.TypeIn(t.Context(), thePOS, "nihao 12.50"))
		eventually(t, "it is open again", func() bool { return slices.Contains(r.methodNews(), "ime open") })
		got := r.pos.Got()
		if closed := slices.Index(got, "ime closed"); closed < 0 || closed > slices.IndexFunc(got, isChar) ||
			slices.Index(got, "ime open") < lastChar(got) || len(r.methodNews()) != 2 || r.pos.Typed() != "nihao 12.50" {
			t.Errorf("the POS got %v", got)
		}
	}
	r.opensMethod(t)
	must(t, r.TypeIn(t.Context(), thePOS, "z"))
	r.Close()
	eventually(t, "it is open after the end", func() bool { return slices.Contains(r.methodNews(), "ime open") })
}

func isChar(line string) bool { return strings.HasPrefix(line, "char ") }

func lastChar(got []string) int {
	for i, line := range slices.Backward(got) {
		if isChar(line) {
			return i
		}
	}
	return -1
}

func TestOnWindowsAnInputMethodIsOpenedAgainAfterAnEngineThatIsKilled(t *testing.T) {
	r := newRig(t)
	self, err := os.Executable()
	must(t, err)
	const runs = 5
	for range runs {
		r.opensMethod(t)
		c := exec.Command(self)
		c.Env = append(os.Environ(), typesOn+"=1")
		out, err := c.StdoutPipe()
		must(t, err)
		must(t, c.Start())
		_, err = bufio.NewReader(out).ReadString('\n')
		must(t, err)
		eventually(t, "a plan that types", func() bool {
			return slices.Contains(r.methodNews(), "ime closed") && r.pos.Typed() != ""
		})
		if slices.Contains(r.methodNews(), "ime open") {
			t.Error("it was opened while a plan typed")
		}
		must(t, c.Process.Kill())
		_ = c.Wait() // it was killed
		eventually(t, "the input method is open again", func() bool { return slices.Contains(r.methodNews(), "ime open") })
	}
	t.Logf("engines killed while the input method was closed: %d; it was opened again after each", runs)
}
