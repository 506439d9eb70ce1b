package input_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/input"
)

// beside starts a program that nobody here wrote, waits for its window, and gives hands and ears beside it.
func beside(t *testing.T, w keys.Window, program string, args ...string) *rig {
	t.Helper()
	return besideAt(t, 0, w, program, args...)
}

// besideAt is beside with a scanner that leaves at most so much time between its keys.
func besideAt(t *testing.T, gap time.Duration, w keys.Window, program string, args ...string) *rig {
	t.Helper()
	desktoptest.Need(t)
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed (make deps)", program)
	}
	c := exec.Command(program, args...)
	c.Env = append([]string{"GTK_IM_MODULE=xim"}, append(os.Environ(), "HOME="+desktoptest.Folder(t), "NO_AT_BRIDGE=1")...)
	must(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	desk, err := desktop.Open()
	must(t, err)
	t.Cleanup(desk.Close)
	dev, err := input.Open(desk, input.Options{Accept: isCode, Gap: gap})
	must(t, err)
	r := &rig{Device: dev, hand: newHand(t), desk: desk}
	r.listen(t)
	for end := time.Now().Add(60 * time.Second); r.Focus(t.Context(), w) != nil; time.Sleep(50 * ms) {
		if time.Now().After(end) {
			t.Fatalf("%s never shows its window", program)
		}
	}
	must(t, r.Arm(t.Context(), keys.Armed{Scan: true, When: w}))
	return r
}

// sell is a cashier, a scanner and a plan beside a program; reads gives what its field shows now.
func sell(t *testing.T, r *rig, w keys.Window, reads func() string) {
	t.Helper()
	waits := func(want string) {
		t.Helper()
		eventually(t, fmt.Sprintf("%q in the field, it shows %q", want, reads()), func() bool { return reads() == want })
	}
	eventually(t, "the field takes keys", func() bool {
		r.hand.tap('a', 5*ms)
		time.Sleep(150 * ms)
		return strings.HasPrefix(reads(), "a")
	})
	for try := 0; ; try++ {
		must(t, r.PressIn(t.Context(), w, keys.MustChord("ctrl+a")))
		must(t, r.PressIn(t.Context(), w, keys.MustChord("backspace")))
		waits("")
		r.forget()
		slowest := r.hand.play(saleBeats())
		if slowest <= keys.DefaultGap {
			break
		}
		if try == 100 {
			t.Fatalf("the display of this machine is slower than a scanner: %v between two keys", slowest)
		}
		time.Sleep(500 * ms)
	}
	waits("price-12.50-")
	eventually(t, "two scans", func() bool { return len(r.scans()) == 2 })
	plan := keys.Plan{{Op: keys.OpFocus}, {Op: keys.OpKey, Chord: keys.MustChord("end")}, {Op: keys.OpText, Text: " 收款 Aa1￥99.90"},
		{Op: keys.OpKey, Chord: keys.MustChord("shift+left"), Times: 5}, {Op: keys.OpText, Text: "1.00"}}
	must(t, keys.Play(t.Context(), plan, keys.Player{Hands: r, POS: w}))
	waits("price-12.50- 收款 Aa1￥1.00")
	if n := len(r.scans()); n != 2 {
		t.Errorf("heard %d scans: own keys were taken for one", n)
	}
}

// saleBeats are a cashier who types a word, a scan, an amount, a scan.
func saleBeats() (all []beat) {
	for i, text := range []string{"price", "12.50"} {
		for _, sym := range scanned(text) {
			all = append(all, beat{70 * ms, true, sym, byHand}, beat{10 * ms, false, sym, byHand})
		}
		pause := 90 * ms
		for _, sym := range scanned(code(i) + "\n") {
			all = append(all, beat{pause, true, sym, byScanner}, beat{ms, false, sym, byScanner})
			pause = 12 * ms
		}
		all = append(all, beat{250 * ms, true, '-', byHand}, beat{ms, false, '-', byHand})
	}
	return all
}

func (r *rig) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = nil
}

func TestBesideAWebPage(t *testing.T) {
	var mu sync.Mutex
	shown := ""
	page := http.NewServeMux()
	page.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><meta charset="utf-8"><title>Web till</title><body style="margin:0">
<textarea autofocus style="width:90vw;height:80vh" oninput="last=last.then(()=>fetch('/shows',{method:'POST',body:this.value}))"></textarea>
<script>let last=Promise.resolve(); document.onclick=()=>document.querySelector('textarea').focus(); document.querySelector('textarea').focus()</script>`)
	})
	page.HandleFunc("POST /shows", func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16)) // a page that breaks off shows less
		mu.Lock()
		defer mu.Unlock()
		shown = string(text)
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{Handler: page}
	go func() { _ = server.Serve(ln) }() // it ends with Close
	t.Cleanup(func() { _ = server.Close() })
	w := keys.Window{Title: "^Web till"}
	r := beside(t, w, "chromium", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--password-store=basic",
		"--user-data-dir="+desktoptest.Folder(t), "--app=http://"+ln.Addr().String()+"/")
	sell(t, r, w, func() string { mu.Lock(); defer mu.Unlock(); return shown })
}

func TestBesideAGTKProgram(t *testing.T) {
	besideAnEditor(t, keys.Window{Class: "l3afpad"}, "l3afpad")
}

func TestBesideAQtProgram(t *testing.T) {
	config := t.TempDir()
	must(t, os.Mkdir(filepath.Join(config, "featherpad"), 0o700))
	must(t, os.WriteFile(filepath.Join(config, "featherpad", "fp.conf"), []byte("[text]\nappendEmptyLine=false\n"), 0o600))
	t.Setenv("XDG_CONFIG_HOME", config)
	besideAnEditor(t, keys.Window{Class: "featherpad"}, "featherpad", "--standalone")
}

// besideAnEditor sells beside an editor of texts: the file holds what its window shows as soon as it is saved.
func besideAnEditor(t *testing.T, w keys.Window, program string, args ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "till.txt")
	must(t, os.WriteFile(file, nil, 0o600))
	r := beside(t, w, program, append(args, file)...)
	sell(t, r, w, func() string {
		_ = r.PressIn(t.Context(), w, keys.MustChord("ctrl+s"))
		time.Sleep(60 * ms)
		text, err := os.ReadFile(file)
		must(t, err)
		return strings.TrimSuffix(string(text), "\n")
	})
}
