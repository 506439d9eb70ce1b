package main

import (
	"context"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/capture"
	"cpos/engine/capture/trial"
	"cpos/engine/keys"
	"cpos/engine/lesson"
	"cpos/engine/profile"
	"cpos/engine/words"
	"cpos/hw/control"
	"cpos/hw/desktop"
	"cpos/hw/screen"
)

func (d door) captureTryCommand() *cli.Command {
	text := func(name string) cli.Flag {
		return &cli.StringFlag{Name: name, Usage: d.word("cli.capture.flag." + name)}
	}
	yes := func(name string) cli.Flag {
		return &cli.BoolFlag{Name: name, Usage: d.word("cli.capture.flag." + name)}
	}
	return d.command("capture.try", "try", "", []cli.Flag{d.outputFlag(), text("image"), yes("live"), text("rect"), text("png"), yes("open"), yes("no-veto")}, d.captureTry)
}

// How a step of a trial ended.
const (
	stepOK      = "ok"
	stepInfo    = "info"
	stepRefused = "refused"
	stepSkipped = "skipped"
)

// tryStep is one step on the way from the screen to an amount.
type tryStep struct {
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
	Text    string `json:"text"`
}

// tryJSON is a whole trial as programs read it.
type tryJSON struct {
	Schema  string      `json:"schema"`
	Sure    bool        `json:"sure"`
	Amount  string      `json:"amount,omitempty"` // sure or not; empty when none was read
	Fen     int64       `json:"fen,omitempty"`
	Why     string      `json:"why,omitempty"`  // a stable code; empty when sure
	Hold    string      `json:"hold,omitempty"` // why payment waits for Enter although the amount is sure
	Text    string      `json:"text,omitempty"`
	Steps   []tryStep   `json:"steps"`
	Readers []tryReader `json:"readers"`
	Signs   []trySign   `json:"signs"`
	Sources []trySource `json:"sources,omitempty"`
	Picture string      `json:"picture,omitempty"`
}

type tryReader struct {
	Reader string  `json:"reader"`
	Text   string  `json:"text"`
	Amount string  `json:"amount,omitempty"`
	Why    string  `json:"why,omitempty"`
	MS     float64 `json:"ms"`
}

type trySign struct {
	Text     string  `json:"text"`
	X        int     `json:"x"`
	Y        int     `json:"y"`
	W        int     `json:"w"`
	H        int     `json:"h"`
	Residual float64 `json:"residual"`
	Rival    string  `json:"rival,omitempty"`
	Margin   float64 `json:"margin"`
}

type trySource struct {
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Amount string `json:"amount,omitempty"`
	Why    string `json:"why,omitempty"`
}

// attempt is one trial while it runs.
type attempt struct {
	door
	profile *profile.Profile
	judge   *capture.Judge
	region  image.Rectangle // of the amount, in px of the client area
	crop    *image.RGBA
	account capture.Account
	reading capture.Reading // the till's verdict
	steps   []tryStep
}

func (d door) captureTry(ctx context.Context, c *cli.Context) error {
	format, err := outputOf(c, 0)
	if err != nil {
		return err
	}
	if c.Bool("live") == (c.String("image") != "") {
		return words.Fail(errUsage, "cli.capture.try.which").Advise("cli.capture.try.which.hint")
	}
	a, end, err := d.newAttempt(ctx, c)
	if err != nil {
		return err
	}
	defer end()
	if c.Bool("live") {
		err = a.fromScreen(ctx)
	} else {
		err = a.fromFile(c.String("image"))
	}
	if err != nil {
		return err
	}
	if a.crop != nil {
		a.explain(ctx)
	}
	picture, err := a.draw(c.String("png"), c.Bool("open"))
	if err != nil {
		return err
	}
	return a.report(format, picture)
}

// newAttempt loads what the till reads with. Call end when it is over.
func (d door) newAttempt(ctx context.Context, c *cli.Context) (a *attempt, end func(), err error) {
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return nil, nil, err
	}
	p := t.profile
	a = &attempt{door: d, profile: p}
	for _, r := range p.Regions() {
		if r.Name == capture.RegionAmount {
			a.region = r.Rect(image.Rectangle{})
		}
	}
	if rect, err := parseRect(c.String("rect")); err != nil {
		return nil, nil, err
	} else if !rect.Empty() {
		a.region = rect
	}
	if a.judge, err = judgeOf(p, nil, nil); err != nil {
		return nil, nil, err
	}
	a.judge.Regions = []capture.Region{{Name: capture.RegionAmount, X: a.region.Min.X, Y: a.region.Min.Y, W: a.region.Dx(), H: a.region.Dy()}}
	end = func() {}
	if c.Bool("no-veto") {
		return a, end, nil
	}
	r, err := screen.OpenReader(ctx, screen.ReaderOptions{Cache: filepath.Join(t.data, "cache")})
	if err != nil {
		_, cause := codeOf(err)
		what, _ := d.explain(err, cause)
		a.add("reader", stepSkipped, what)
		return a, end, nil
	}
	a.judge.Reader = r
	return a, func() { _ = r.Close() }, nil // nothing is read any more
}

func (a *attempt) add(id, verdict, text string) {
	a.steps = append(a.steps, tryStep{id, verdict, text})
}

// fromFile takes the picture of a whole window, or of the region alone.
func (a *attempt) fromFile(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	picture, err := trial.Decode(data)
	if err != nil {
		return words.Fail(errUsage, "cli.capture.picture", "file", name).Because(err)
	}
	a.crop = picture
	size, taught := picture.Rect.Size(), a.profile.Taught().Client()
	if whole := size == taught || size.X > a.region.Dx() && size.Y > a.region.Dy() && size.Y > 2*a.region.Dy(); whole && !a.region.Empty() && a.region.In(picture.Rect) {
		a.crop = lesson.Cut(picture, a.region)
		verdict := stepOK
		if size != taught {
			verdict = stepInfo
		}
		a.add("window", verdict, a.word("cli.capture.step.size", "width", size.X, "height", size.Y, "taught_width", taught.X, "taught_height", taught.Y))
	}
	a.add("region", stepInfo, a.word("cli.capture.step.region", "rect", showRect(a.region), "width", a.crop.Rect.Dx(), "height", a.crop.Rect.Dy()))
	return nil
}

// fromScreen looks as the till does, and keeps what it looked at.
func (a *attempt) fromScreen(ctx context.Context) error {
	d, err := desktop.Open()
	if err != nil {
		return words.Fail(keys.ErrNoDisplay, "input.no_display").Advise("input.no_display.hint").Because(err)
	}
	defer d.Close()
	if w, err := d.Find(ctx, a.profile.Window()); err == nil && !w.Active {
		_ = d.Activate(ctx, w) // who asks sits at a terminal in front of the POS; the step "window" tells whether it came
	}
	a.judge.Scene = desktop.Scene{Desktop: d, Window: a.profile.Window()}
	if err := a.lookAtWindow(ctx); err != nil {
		return err
	}
	texts := control.New()
	defer texts.Close()
	if err := a.openSources(d, texts); err != nil {
		return err
	}
	began := time.Now()
	a.reading, err = a.judge.Amount(ctx)
	took := time.Since(began)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	a.judge.Wait()
	a.crop = a.reading.Crop
	switch {
	case err != nil:
		a.add("look", stepRefused, err.Error())
	case a.crop == nil:
		a.add("look", stepRefused, a.word("capture."+string(a.reading.Why)))
	default:
		a.add("look", stepOK, a.word("cli.capture.step.look", "ms", took.Milliseconds()))
	}
	return nil
}

// lookAtWindow says whether the POS stands as it was taught.
func (a *attempt) lookAtWindow(ctx context.Context) error {
	place, err := a.judge.Scene.POS(ctx)
	if err != nil {
		a.add("window", stepRefused, a.word("capture.no_pos"))
		return nil
	}
	verdict := stepOK
	if !place.InFront {
		verdict = stepRefused
	}
	a.add("window", verdict, a.word("cli.capture.step.window", "title", strconv.Quote(place.Title), "front", a.yesNo(place.InFront), "at", showRect(place.Client)))
	size, taught := place.Client.Size(), a.judge.Taught
	verdict = stepOK
	if taught != (image.Point{}) && size != taught {
		verdict = stepRefused
	}
	a.add("size", verdict, a.word("cli.capture.step.size", "width", size.X, "height", size.Y, "taught_width", taught.X, "taught_height", taught.Y))
	verdict = stepOK
	if a.judge.DPI != 0 && place.DPI != 0 && place.DPI != a.judge.DPI {
		verdict = stepRefused
	}
	a.add("scaling", verdict, a.word("cli.capture.step.scaling", "dpi", place.DPI, "taught", a.judge.DPI))
	return a.lookAtAnchor(ctx, place)
}

// lookAtAnchor says whether the anchor stands where it was taught.
func (a *attempt) lookAtAnchor(ctx context.Context, place capture.Place) error {
	anchor := a.judge.Anchor
	if anchor == nil {
		a.add("anchor", stepSkipped, a.word("cli.capture.step.no_anchor"))
		return nil
	}
	at := image.Rectangle{Max: anchor.Picture.Rect.Size()}.Add(anchor.At).Add(place.Client.Min)
	seen, err := a.judge.Eye.Grab(ctx, at)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && samePixels(seen, anchor.Picture):
		a.add("anchor", stepOK, a.word("cli.capture.step.anchor"))
	default:
		a.add("anchor", stepInfo, a.word("cli.capture.step.anchor_elsewhere"))
	}
	return nil
}

// openSources opens what can be asked without the engine: a port can have one listener only.
func (a *attempt) openSources(d *desktop.Desktop, texts *control.Texts) error {
	for _, s := range a.profile.Amount.Sources {
		kind := capture.Kind(s.Kind)
		switch kind {
		case capture.Pixels:
			a.judge.Sources = append(a.judge.Sources, capture.Source{Kind: kind, Region: s.Region})
		case capture.WindowText:
			text, err := texts.Line(d, a.profile.Window(), s.Control)
			if err != nil {
				return words.Fail(profile.ErrProfile, "cli.capture.control", "control", s.Control).Because(err)
			}
			a.judge.Sources = append(a.judge.Sources, capture.Source{Kind: kind, Line: text, Form: sourceForm(s)})
		default:
			a.add("source:"+s.Kind, stepSkipped, a.word("cli.capture.step.engine_only"))
		}
	}
	return nil
}

// explain tells what every reader made of the picture. The verdict on a file is the explanation's own.
func (a *attempt) explain(ctx context.Context) {
	a.account = a.judge.Explain(ctx, a.crop)
	if a.judge.Scene == nil {
		a.reading = a.account.Reading
	}
	if a.judge.Glyphs == nil {
		a.add("glyphs", stepSkipped, a.word("cli.capture.step.no_glyphs"))
	}
	for _, v := range a.account.Voices {
		verdict, text := stepOK, a.word("cli.capture.step.voice", "text", strconv.Quote(v.Text), "ms", ms(v.Took))
		if v.Why != "" {
			verdict, text = stepRefused, a.word("cli.capture.step.voice_no", "text", strconv.Quote(v.Text), "why", a.word("capture."+string(v.Why)), "ms", ms(v.Took))
		}
		a.add(v.Reader, verdict, text)
		if v.Reader == capture.VoiceGlyphs {
			a.addSigns()
		}
	}
	for _, s := range a.reading.Sources {
		if a.judge.Scene == nil {
			break
		}
		verdict, text := stepOK, a.word("cli.capture.step.source", "text", strconv.Quote(s.Text), "amount", s.Amount)
		if s.Why != "" {
			verdict, text = stepRefused, a.word("cli.capture.step.source_no", "text", strconv.Quote(s.Text), "why", a.word("capture."+string(s.Why)))
		}
		a.add("source:"+string(s.Kind), verdict, text)
	}
	if o, said := opinions[a.account.Reading.Opinion]; said {
		a.add("veto", o.verdict, a.word(o.key, "text", strconv.Quote(a.account.Reading.Second)))
	}
}

// opinions say what the second reader made of the first one's amount.
var opinions = map[capture.Opinion]struct{ verdict, key string }{
	capture.Confirmed: {stepOK, "cli.capture.step.confirmed"},
	capture.Mute:      {stepInfo, "cli.capture.step.mute"},
	capture.Vetoed:    {stepRefused, "cli.capture.step.vetoed"},
	capture.Late:      {stepInfo, "cli.capture.step.late"},
}

// addSigns tells of the sign that fitted worst.
func (a *attempt) addSigns() {
	signs := a.account.Sight.Signs
	if len(signs) == 0 {
		return
	}
	worst := signs[0]
	for _, s := range signs {
		if s.Margin < worst.Margin {
			worst = s
		}
	}
	a.add("margins", stepInfo, a.word("cli.capture.step.margins", "count", len(signs), "sign", strconv.Quote(worst.Text),
		"margin", percentOf(worst.Margin), "rival", strconv.Quote(worst.Rival)))
}

func percentOf(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }

// verdictText is the one sentence that counts.
func (a *attempt) verdictText() string {
	r := a.reading
	switch {
	case r.Sure && r.Hold != "":
		return a.word("cli.capture.try.held", "amount", r.Amount, "why", a.word("capture."+string(r.Hold)))
	case r.Sure:
		return a.word("cli.capture.try.sure", "amount", r.Amount)
	case r.Amount > 0:
		return a.word("cli.capture.try.prefilled", "amount", r.Amount, "why", a.word("capture."+string(r.Why)))
	}
	return a.word("cli.capture.try.refused", "why", a.word("capture."+string(r.Why)))
}

// report writes the trial, and ends with the code of a failed test where no amount is accepted.
func (a *attempt) report(format, picture string) error {
	if format != asTable {
		if err := writeJSON(a.out, a.asJSON(picture)); err != nil {
			return err
		}
	} else {
		l := listing{head: []string{a.word("cli.capture.column.step"), a.word("cli.capture.column.verdict"), a.word("cli.capture.column.saw")}}
		for _, s := range a.steps {
			l.cells = append(l.cells, []string{a.word("cli.capture.step.name." + stepName(s.ID)), a.word("cli.capture.verdict." + s.Verdict), s.Text})
		}
		if err := writeGrid(a.out, l); err != nil {
			return err
		}
		fmt.Fprintln(a.out, a.verdictText())
		if picture != "" {
			a.say("cli.capture.try.picture", "file", picture)
		}
	}
	if !a.reading.Sure {
		return verdict{exitTests}
	}
	return nil
}

// stepName leaves the kind of a source out; it stands in the text.
func stepName(id string) string {
	for i, c := range id {
		if c == ':' {
			return id[:i] + "_" + id[i+1:]
		}
	}
	return id
}

func (a *attempt) asJSON(picture string) tryJSON {
	r := a.reading
	out := tryJSON{Schema: "cpos.capture.try.v1", Sure: r.Sure, Why: string(r.Why), Hold: string(r.Hold), Text: r.Text, Steps: a.steps,
		Picture: picture, Readers: []tryReader{}, Signs: []trySign{}}
	if r.Amount > 0 {
		out.Amount, out.Fen = r.Amount.String(), int64(r.Amount)
	}
	for _, v := range a.account.Voices {
		one := tryReader{Reader: v.Reader, Text: v.Text, Why: string(v.Why), MS: float64(v.Took.Microseconds()) / 1000}
		if v.Amount > 0 {
			one.Amount = v.Amount.String()
		}
		out.Readers = append(out.Readers, one)
	}
	for _, s := range a.account.Sight.Signs {
		out.Signs = append(out.Signs, trySign{s.Text, s.At.Min.X, s.At.Min.Y, s.At.Dx(), s.At.Dy(), s.Residual, s.Rival, s.Margin})
	}
	for _, s := range r.Sources {
		one := trySource{Kind: string(s.Kind), Text: s.Text, Why: string(s.Why)}
		if s.Why == "" {
			one.Amount = s.Amount.String()
		}
		out.Sources = append(out.Sources, one)
	}
	return out
}

// openFile shows a file with the system's own program.
func openFile(name string) error {
	if runtime.GOOS == "windows" {
		return exec.Command("rundll32", "url.dll,FileProtocolHandler", name).Start()
	}
	return exec.Command("xdg-open", name).Start()
}

// sourceForm gives what finds the amount in what a source tells; nil when the profile does not say.
func sourceForm(s profile.AmountSource) *regexp.Regexp {
	if s.Pattern == "" {
		return nil
	}
	return regexp.MustCompile(string(s.Pattern)) // compiled once already when it was decoded
}
