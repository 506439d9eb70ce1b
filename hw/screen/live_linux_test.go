//go:build cgo

package screen_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/hw/desktop"
	"cpos/hw/desktop/desktoptest"
	"cpos/hw/screen"
)

// show is a program on a real screen whose total changes with a key.
type show struct {
	name  string
	at    image.Rectangle // of the amount on the desktop
	texts []string        // what it writes, one after the other; the first few are taught
	keys  []byte          // that make it go on
}

// teachTotals are shown first: between them they hold every digit, both in front of the point and behind.
var teachTotals = []string{"12345.67", "98760.85", "0.49"}

// totals are the taught ones and n more, as shops have them: as many of one yuan as of ten thousand.
func totals(n int, seed uint64) []string {
	all, random := append([]string{}, teachTotals...), rand.New(rand.NewPCG(seed, 4))
	used := map[string]bool{}
	for len(all) < n+len(teachTotals) {
		fen := int(math.Exp(random.Float64() * math.Log(99_999_99)))
		if s := fmt.Sprintf("%d.%02d", fen/100, fen%100); fen > 0 && !used[s] {
			used[s] = true
			all = append(all, s)
		}
	}
	return all
}

// grouped writes an amount with thousands commas.
func grouped(s string) string {
	yuan, fen, _ := strings.Cut(s, ".")
	for i := len(yuan) - 3; i > 0; i -= 3 {
		yuan = yuan[:i] + "," + yuan[i:]
	}
	return yuan + "." + fen
}

func each(texts []string, change func(string) string) []string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = change(s)
	}
	return out
}

// showPractice starts the practice POS in a look, at a scale.
func showPractice(t testing.TB, program, look string, scale float64, totals []string) show {
	t.Helper()
	args := []string{"--look", look, "--scale", fmt.Sprint(scale)}
	out, err := exec.Command(program, append(args, "--regions")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var about taught
	if err := json.Unmarshal(out, &about); err != nil {
		t.Fatal(err)
	}
	desktoptest.StartPOS(t, program, append(args, "--x", "20", "--y", "10", "--sale", strings.Join(totals, ","))...)
	s := show{name: fmt.Sprintf("practice %s %.0f %%", look, 100*scale), texts: totals, keys: []byte{keySpace, keyF6, keyEnter}}
	if look == "large" {
		s.texts = each(totals, func(s string) string { return "￥" + grouped(s) })
	}
	for _, r := range about.regions() {
		if r.Name == capture.RegionAmount {
			s.at = r.Rect(seen(t, keys.Window{Title: "^惠民收银"}).Client)
		}
	}
	return s
}

// Where the total lies on the page in testdata/till.html, in CSS px.
var totalOnPage = image.Rect(480, 128, 824, 220)

// showPage opens a page with a till's total in Chromium, over the whole screen.
func showPage(t testing.TB, scale float64, smoothing string, totals []string) show {
	t.Helper()
	browser := chromium(t)
	page, err := filepath.Abs(filepath.Join("testdata", "till.html"))
	if err != nil {
		t.Fatal(err)
	}
	at := url.URL{Scheme: "file", Path: page, Fragment: strings.Join(totals, ",")}
	// Chromium wants its sandbox or to be told that it cannot have one, as root or in a container.
	c := exec.Command(browser, "--no-sandbox", "--user-data-dir="+desktoptest.Folder(t), "--no-first-run", "--disable-gpu", "--disable-extensions",
		"--disable-background-networking", "--lang=zh-CN", "--enable-lcd-text", "--kiosk", "--force-device-scale-factor="+fmt.Sprint(scale), "--app="+at.String())
	c.Env = append(os.Environ(), "FONTCONFIG_FILE="+fontSettings(t, smoothing), "DBUS_SESSION_BUS_ADDRESS=disabled:")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its helpers end with it
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL); _ = c.Wait() })
	client := seen(t, keys.Window{Title: "^云收银 收款"}).Client
	px := func(n int) int { return int(math.Round(float64(n) * scale)) }
	r := image.Rect(px(totalOnPage.Min.X), px(totalOnPage.Min.Y), px(totalOnPage.Max.X), px(totalOnPage.Max.Y)).Add(client.Min)
	return show{name: fmt.Sprintf("chromium %s %.0f %%", smoothing, 100*scale), at: r, keys: []byte{keySpace},
		texts: each(totals, func(s string) string { return "¥" + grouped(s) })}
}

func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium is installed (.ci/deps test)")
	return ""
}

// fontSettings lets Chromium smooth its letters in grey, or by the colours of a screen's stripes.
func fontSettings(t testing.TB, smoothing string) string {
	t.Helper()
	stripes := map[string]string{"grey": "none", "sub-pixel": "rgb"}[smoothing]
	file := filepath.Join(t.TempDir(), "fonts.conf")
	text := `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><include>/etc/fonts/fonts.conf</include>
<match target="pattern"><edit name="antialias" mode="assign"><bool>true</bool></edit>
<edit name="rgba" mode="assign"><const>` + stripes + `</const></edit></match></fontconfig>`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// seen waits until a window is there and in front, and stays where it is.
func seen(t testing.TB, w keys.Window) desktop.Window {
	t.Helper()
	d, err := desktop.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var last desktop.Window
	for range 600 {
		is, err := d.Find(t.Context(), w)
		if err == nil && is.Active && is.Client == last.Client && !is.Client.Empty() {
			return is
		}
		last = is
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s is not in front: %+v", w, last)
	return last
}

// lessons grabs every amount of a show. A picture counts when it differs from the one before and stands
// still: all amounts of a show are different.
func lessons(t testing.TB, s show) (all []capture.Lesson) {
	t.Helper()
	var last *image.RGBA
	for i, text := range s.texts {
		if i > 0 {
			tap(t, s.keys...)
		}
		last = next(t, s, last)
		all = append(all, capture.Lesson{Picture: last, Text: text})
	}
	return all
}

func next(t testing.TB, s show, last *image.RGBA) *image.RGBA {
	t.Helper()
	var before *image.RGBA
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		now, err := (screen.Eye{}).Grab(t.Context(), s.at)
		if err != nil {
			t.Fatal(err)
		}
		if written(now) && (last == nil || !bytes.Equal(now.Pix, last.Pix)) && before != nil && bytes.Equal(now.Pix, before.Pix) {
			return now
		}
		before = now
	}
	t.Fatalf("%s: the amount did not change", s.name)
	return nil
}

// written says whether a picture holds more than one colour.
func written(p *image.RGBA) bool {
	for i := 4; i < len(p.Pix); i += 4 {
		if !bytes.Equal(p.Pix[i:i+4], p.Pix[:4]) {
			return true
		}
	}
	return false
}
