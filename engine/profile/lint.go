package profile

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"io/fs"

	"go.yaml.in/yaml/v3"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// lint applies the rules that no single value can break.
func (l *loading) lint(p *Profile) {
	l.lintScreen(p)
	l.lintSources(p)
	l.lintPorts(p)
	l.lintFiles(p)
	l.lintKeys(p)
	l.lintScanner(p)
	l.lintPayment(p)
	l.lintPaper(p)
	l.lintSecrets(p)
	if p.Window().IsZero() {
		l.problems.add(NoWindow, l.origins.at("match"), "profile.no_window").advise("profile.no_window.hint")
	}
}

func (l *loading) lintScreen(p *Profile) {
	at := l.origins.at("screens")
	for _, s := range p.Screens {
		for _, name := range sortedKeys(s.Regions) {
			r := s.Regions[name]
			if r.X < 0 || r.Y < 0 || r.X+r.W > s.Size[0] || r.Y+r.H > s.Size[1] {
				l.problems.add(RegionOutside, l.regionAt(s.ID, name), "profile.region_outside", "region", name, "screen", s.ID)
			}
		}
		if s.Anchor.Image != "" && !s.Anchor.inside(s.Size) {
			l.problems.add(RegionOutside, l.regionAt(s.ID, ""), "profile.region_outside", "region", "anchor", "screen", s.ID)
		}
	}
	if l.reported("screens") {
		return // a list that is wrong anywhere is left out as a whole
	}
	taught := p.Taught()
	if taught.ID == "" && p.Screen != "" {
		l.problems.add(NoRegion, l.origins.at("screen"), "profile.no_screen", "screen", p.Screen)
		return
	}
	for name, used := range map[string]bool{capture.RegionAmount: p.Amount.Input == "auto", capture.RegionSerial: p.Serial.Capture} {
		if _, there := taught.Regions[name]; used && !there {
			l.problems.add(NoRegion, at, "profile.no_region", "region", name).advise("profile.no_region.hint")
		}
	}
}

// regionAt finds the line of one region, or of the anchor with no name, for a list of screens is set as a whole.
func (l *loading) regionAt(screen, region string) Position {
	whole := l.origins.at("screens")
	ids := l.origins.byKey["screens"]
	if len(ids) == 0 {
		return whole
	}
	for _, s := range l.origins.settings[ids[len(ids)-1]].node.Content {
		if id := child(s, "id"); id == nil || id.Value != screen {
			continue
		}
		if region == "" {
			return l.nodeAt(whole, child(s, "anchor"))
		}
		return l.nodeAt(whole, child(child(s, "regions"), region))
	}
	return whole
}

// nodeAt gives the place of a part of what was set as a whole.
func (l *loading) nodeAt(whole Position, n *yaml.Node) Position {
	if n == nil || n.Line == 0 {
		return whole
	}
	return Position{whole.File, n.Line, n.Column}
}

func (l *loading) lintKeys(p *Profile) {
	for _, c := range keys.Clashes(p.Chords()) {
		l.problems.add(KeyClash, l.origins.at("hotkeys."+c.Second), "profile.key_clash", "chord", c.Chord, "first", c.First, "second", c.Second)
	}
	for name, chord := range p.Chords() {
		for _, fault := range KeyFaults(name, chord) {
			l.problems.add(KeyClash, l.origins.at("hotkeys."+name), fault.Key, "chord", chord, "name", name).advise(fault.Key + ".hint")
		}
		if slices.Contains(p.PosKeys, chord) {
			l.problems.add(KeyClash, l.origins.at("hotkeys."+name), "profile.pos_key", "chord", chord, "name", name).
				advise("profile.pos_key.hint", "where", l.origins.at("pos_keys"))
		}
	}
	for name, tender := range map[string]pay.Tender{"pay.wechat": pay.WeChat, "pay.alipay": pay.Alipay} {
		if !p.Chords()[name].IsZero() && !p.Takes(tender) {
			l.problems.add(KeyClash, l.origins.at("hotkeys."+name), "profile.key_not_taken", "name", name, "method", tender).
				advise("profile.key_not_taken.hint", "where", l.origins.at("payment.methods"))
		}
	}
}

// KeyFaults says why a chord cannot be a hot-key of this name, whatever else the profile says; each text has a
// hint under its key with ".hint".
func KeyFaults(name string, chord keys.Chord) (all []words.Text) {
	add := func(bad bool, key string) {
		if bad {
			all = append(all, words.T(key, "chord", chord, "name", name))
		}
	}
	add(typed(chord), "profile.typed_key")
	add(slices.Contains(everybodys, chord), "profile.system_key")
	add(chord == keys.ResumeChord, "profile.resume_key")
	return all
}

// everybodys are chords that every program or the system itself listens to.
var everybodys = func() (all []keys.Chord) {
	for _, name := range []string{"ctrl+c", "ctrl+x", "ctrl+v", "ctrl+a", "ctrl+z", "ctrl+space", "ctrl+shift+space", "ctrl+alt+delete", "ctrl+esc", "ctrl+shift+esc",
		"alt+f4", "alt+tab", "alt+shift+tab", "alt+esc", "alt+space", "super+l", "super+d", "super+r", "super+tab", "super+space",
		"capslock", "numlock", "scrolllock", "print"} {
		all = append(all, keys.MustChord(name))
	}
	return all
}()

// typed says that a chord is what people type: as a hot-key it would be gone from every program.
func typed(c keys.Chord) bool {
	if c.Mods&^keys.Shift != 0 {
		return false
	}
	r, size := utf8.DecodeRuneInString(string(c.Key))
	letter := size == len(c.Key) && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	return letter || strings.HasPrefix(string(c.Key), "kp_") || c.Key == "grave" && c.Mods != 0 ||
		slices.Contains([]keys.Key{"enter", "esc", "space", "tab", "backspace", "delete", "up", "down", "left", "right", "home", "end",
			"comma", "period", "minus", "equal", "slash", "backslash", "semicolon", "quote", "lbracket", "rbracket"}, c.Key)
}

func (l *loading) lintScanner(p *Profile) {
	for kind, key := range map[string][2]string{"serial": {"scanner.port", p.Scanner.Port}, "device": {"scanner.device", p.Scanner.Device}} {
		if p.Scanner.Kind == kind && key[1] == "" {
			l.problems.add(NoPort, l.origins.at("scanner.kind"), "profile.no_scanner", "kind", kind, "key", key[0])
		}
	}
	for _, m := range p.Scanner.Exclude {
		if m == (Match{}) {
			l.problems.add(NoWindow, l.origins.at("scanner.exclude"), "profile.empty_exclude")
		}
	}
}

func (l *loading) lintPayment(p *Profile) {
	if p.Amount.Input == "manual" && !p.Payment.Confirm.Manual {
		l.problems.add(ManualNoWait, l.origins.at("payment.confirm"), "profile.manual_no_wait").advise("profile.manual_no_wait.hint")
	}
	if d := p.Payment.Gateway.Driver; d != "" && len(l.source.Drivers) > 0 && !slices.Contains(l.source.Drivers, d) {
		l.problems.add(UnknownDriver, l.origins.at("payment.gateway.driver"), "profile.unknown_driver", "driver", clip(d),
			"known", strings.Join(l.source.Drivers, ", "))
	}
	if p.Amount.Min > p.Amount.Max {
		l.reversed("amount.max", "amount.min")
	}
	if p.Payment.Poll.Every > p.Payment.Poll.For {
		l.reversed("payment.poll.for", "payment.poll.every")
	}
	for name, r := range map[string]CodeRule{"wechat": p.Payment.CodeRules.WeChat, "alipay": p.Payment.CodeRules.Alipay} {
		if r.Length[0] < 1 || r.Length[0] > r.Length[1] || r.Length[1] > pay.MaxCodeText {
			key := "payment.code_rules." + name + ".length"
			l.problems.add(BoundsReversed, l.origins.at(key), "profile.code_length", "key", key, "most", pay.MaxCodeText)
		}
	}
}

func (l *loading) reversed(most, least string) {
	l.problems.add(BoundsReversed, l.origins.at(most), "profile.reversed", "most", most, "least", least)
}

func (l *loading) lintPaper(p *Profile) {
	slip, err := p.Paper()
	if err != nil {
		l.problems.add(TooWide, l.origins.at("receipt.columns"), "profile.bad_paper", "why", err)
		return
	}
	if roll, err := p.roll(); err == nil && slip.Columns > roll {
		key := "receipt.width"
		if p.Receipt.Columns > 0 {
			key = "receipt.columns"
		}
		l.problems.add(TooWide, l.origins.at(key), "profile.too_wide", "columns", slip.Columns, "paper", p.Printer.Paper, "most", roll)
	}
	if p.Printer.Kind != "none" && p.Printer.Port == "" {
		l.problems.add(NoPort, l.origins.at("printer.kind"), "profile.no_port", "kind", p.Printer.Kind)
	}
}

func (l *loading) lintSecrets(p *Profile) {
	needs := []string{"auth_key"}
	if p.Payment.Gateway.RefundAuth == "rsa" {
		needs = append(needs, "sign_key")
	}
	for _, name := range needs {
		if p.Secrets[name] == "" && p.Payment.Gateway.Driver != "" && !l.reported("secrets."+name) {
			l.problems.add(NoSecret, l.origins.at("payment.gateway.driver"), "profile.no_secret", "name", name).
				advise("profile.no_secret.hint", "name", name)
		}
	}
	if p.Network.Proxy.User != "" && p.Network.Proxy.Password == "" && !l.reported("network.proxy.password") {
		l.problems.add(NoSecret, l.origins.at("network.proxy.user"), "profile.no_secret", "name", "network.proxy.password").
			advise("profile.literal_secret.hint")
	}
}

// Check loads every till of a repository and adds the rules that speak of more than one. The error is a
// *Problems. How many tills there are is given even then.
func Check(s Source) (tills int, err error) {
	var all Problems
	seen := map[string]string{} // shop and device to the till's name
	for _, till := range Tills(s.FS) {
		tills++
		one := s
		one.Till = till
		p, err := Load(one)
		if err != nil {
			all.All = append(all.All, err.(*Problems).All...)
			continue
		}
		number := p.Merchant.Shop + "\x00" + p.DeviceID
		if other, twice := seen[number]; twice {
			all.add(TwinTills, p.origins.at("device_id"), "profile.twins", "till", p.TillName(), "other", other,
				"shop", p.Merchant.Shop, "device", p.DeviceID).advise("profile.twins.hint")
		}
		seen[number] = p.TillName()
	}
	return tills, all.or()
}

// Tills lists the tills of a repository as "store/device", and as "store" where a store has no devices.
func Tills(repository fs.FS) []string {
	var all []string
	stores, _ := fs.Glob(repository, "stores/*/store.yaml")
	for _, file := range stores {
		name := path.Base(path.Dir(file))
		devices, _ := fs.Glob(repository, path.Join(path.Dir(file), "devices", "*.yaml"))
		for _, d := range devices {
			all = append(all, name+"/"+strings.TrimSuffix(path.Base(d), ".yaml"))
		}
		if len(devices) == 0 {
			all = append(all, name)
		}
	}
	return all
}

// roll gives how many columns fit on the paper in the printer.
func (p *Profile) roll() (int, error) {
	wide := *p
	wide.Receipt.Width, wide.Receipt.Columns = p.Printer.Paper, 0
	paper, err := wide.Paper()
	return paper.Columns + spareColumns(paper.Columns), err
}

// spareColumns allows for the widest head sold for a roll: 36 columns on 58 mm, 53 on 80 mm.
func spareColumns(columns int) int { return columns / 8 }
