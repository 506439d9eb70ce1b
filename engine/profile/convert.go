package profile

import (
	"image"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/receipt"
)

// CodeRules gives the grammar of the codes this till takes. A method that is not taken has no grammar, so
// its codes go back to the POS.
func (p *Profile) CodeRules() pay.CodeRules {
	r := pay.CodeRules{OrderPrefix: string(p.Merchant.OrderPrefix)}
	if p.Takes(pay.WeChat) {
		r.WeChat = p.Payment.CodeRules.WeChat.rule()
	}
	if p.Takes(pay.Alipay) {
		r.Alipay = p.Payment.CodeRules.Alipay.rule()
	}
	return r
}

func (c CodeRule) rule() pay.CodeRule {
	r := pay.CodeRule{MinLen: c.Length[0], MaxLen: c.Length[1]}
	for _, d := range c.Prefix {
		r.Prefixes = append(r.Prefixes, string(d))
	}
	return r
}

// Takes says whether the till takes this means of payment.
func (p *Profile) Takes(t pay.Tender) bool { return slices.Contains(p.Payment.Methods, Method{t}) }

// Window says which program is the POS.
func (p *Profile) Window() keys.Window {
	return keys.Window{Exe: p.Match.Exe, Title: string(p.Match.Title), Class: p.Match.Class}
}

// Grammar says what an amount looks like on the POS's screen.
func (p *Profile) Grammar() capture.Grammar {
	a := p.Amount
	return capture.Grammar{Decimals: a.Decimals, Prefix: a.Prefix, Suffix: a.Suffix, Least: a.Min, Most: a.Max}
}

// SerialForm is what a serial number must match; nil when the profile does not say.
func (p *Profile) SerialForm() *regexp.Regexp {
	if p.Serial.Form == "" {
		return nil
	}
	return regexp.MustCompile(string(p.Serial.Form)) // compiled once already when it was decoded
}

// Taught gives the geometry of the screen that this till has; the zero Screen when none was taught.
func (p *Profile) Taught() Screen {
	for _, s := range p.Screens {
		if s.ID == p.Screen || p.Screen == "" && len(p.Screens) == 1 {
			return s
		}
	}
	return Screen{}
}

// Client is the size of the client area, in px, at which the screen was taught.
func (s Screen) Client() image.Point { return image.Pt(s.Size[0], s.Size[1]) }

// Regions gives the taught rectangles of this till's screen, by name.
func (p *Profile) Regions() []capture.Region {
	taught := p.Taught().Regions
	var all []capture.Region
	for _, name := range sortedKeys(taught) {
		r := taught[name]
		all = append(all, capture.Region{Name: name, X: r.X, Y: r.Y, W: r.W, H: r.H})
	}
	return all
}

// Chords gives the hot-keys that are set, by their name in the profile below "hotkeys".
func (p *Profile) Chords() map[string]keys.Chord {
	h := p.Hotkeys
	all := map[string]keys.Chord{"main_window": h.MainWindow, "payment_window": h.PaymentWindow, "teach_amount": h.TeachAmount,
		"relogin": h.ReLogin, "pay.wechat": h.Pay.WeChat, "pay.alipay": h.Pay.Alipay}
	maps.DeleteFunc(all, func(_ string, c keys.Chord) bool { return c.IsZero() })
	return all
}

// Excluded gives the windows before which scans on the keyboard pause.
func (p *Profile) Excluded() []keys.Window {
	all := []keys.Window{{Title: passwordTitle}}
	for _, m := range p.Scanner.Exclude {
		all = append(all, keys.Window{Exe: m.Exe, Title: string(m.Title), Class: m.Class})
	}
	return all
}

// passwordTitle is how the title of a window reads that asks for a password.
const passwordTitle = `(?i)密码|口令|password|passphrase|polkit|authenticat`

// Paper gives what slips are laid out for.
func (p *Profile) Paper() (receipt.Paper, error) {
	paper, err := receipt.NewPaper(p.Receipt.Width.String())
	if err != nil {
		return receipt.Paper{}, err
	}
	if p.Receipt.Columns > 0 {
		paper = paper.WithColumns(p.Receipt.Columns)
	}
	paper.Encoding, paper.Codes, paper.Cut = p.Printer.Encoding, p.Printer.Codes, p.Printer.Cut
	paper.FeedBeforeCut = p.Printer.FeedBeforeCut
	paper.Top, paper.Bottom = p.Receipt.Margins.Top, p.Receipt.Margins.Bottom
	return paper, paper.Validate()
}

// GatewayOptions gives the driver's settings by the names that drivers use, without any secret. Settings
// left empty are left out, so that the driver's own default holds.
func (p *Profile) GatewayOptions() map[string]string {
	g := p.Payment.Gateway
	all := map[string]string{
		"base_url": string(g.BaseURL), "refund_auth": g.RefundAuth, "generation": g.Generation, "reverse": strconv.FormatBool(g.Reverse),
		"body": g.Body, "machine_no": g.MachineNo,
		"pay_timeout": g.PayTimeout.String(), "query_timeout": g.QueryTimeout.String(),
		"out_mch_id": p.Merchant.Provider, "out_sub_mch_id": p.Merchant.SubMerchant,
	}
	for name, value := range all {
		if value == "" {
			delete(all, name)
		}
	}
	return all
}
