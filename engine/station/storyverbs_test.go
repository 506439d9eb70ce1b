package station_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing/synctest"
	"time"

	"cpos/engine/face"
	"cpos/engine/fault"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/station"
	"cpos/engine/witness"
	"cpos/engine/words"
)

// patience is how long a verb waits for what a story expects, and how often it looks.
const (
	patience = 3 * time.Minute
	glance   = 20 * time.Millisecond
	lastFew  = 12 // views that are told when none of them was the right one
)

// eventually looks until it is so. The last complaint is the error.
func eventually(look func() error) error {
	var err error
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(glance) {
		synctest.Wait()
		if err = look(); err == nil {
			return nil
		}
	}
	return err
}

func (s *shop) verbTill(args []string) error {
	given, err := facts(args)
	if err != nil {
		return err
	}
	s.settings = map[string]string{}
	for _, f := range given {
		s.settings[f.key] = f.value
	}
	if err := s.furnish(); err != nil {
		return err
	}
	if err := s.verbScreen([]string{"¥12.50", "serial=20260801-0007"}); err != nil {
		return err
	}
	if err := s.powerOn(); err != nil {
		return err
	}
	synctest.Wait()
	return nil
}

func (s *shop) verbScreen(args []string) error {
	for _, a := range args {
		switch serial, isSerial := strings.CutPrefix(a, "serial="); {
		case isSerial:
			s.screen.set("serial", serial)
		case strings.HasPrefix(a, "display="):
			s.display.say(strings.Split(strings.TrimPrefix(a, "display="), "|")...)
		case strings.HasPrefix(a, "moved="):
			var by image.Point
			if _, err := fmt.Sscanf(a, "moved=%d,%d", &by.X, &by.Y); err != nil {
				return err
			}
			s.screen.move(by, true)
		case a == "anchor=gone":
			s.screen.move(image.Point{}, false)
		case a == "gone":
			s.screen.place(true, false)
		case a == "behind":
			s.screen.place(false, true)
		case a == "covered=yes" || a == "covered=no":
			s.covered = a == "covered=yes"
			s.open.station.Covers(s.covered)
		case a == "blank":
			s.screen.place(false, false)
			s.screen.set("amount", "")
		default:
			s.screen.place(false, false)
			s.screen.set("amount", a)
			s.second.says(a, 20*time.Millisecond)
		}
	}
	return nil
}

// verbSecond sets what the second reader says of the total.
func (s *shop) verbSecond(args []string) error {
	text, late := "", 20*time.Millisecond
	for _, a := range args {
		after, isLate := strings.CutPrefix(a, "after=")
		switch {
		case isLate:
			d, err := time.ParseDuration(after)
			if err != nil {
				return err
			}
			late = d
		case a != "nothing":
			text = a
		}
	}
	s.second.says(text, late)
	return nil
}

// verbRead looks what is remembered of reading the newest order's amount.
func (s *shop) verbRead(args []string) error {
	want, err := facts(args)
	if err != nil {
		return err
	}
	return eventually(func() error {
		row, _, err := s.order("")
		if err != nil {
			return err
		}
		r, picture, err := witness.Find(s.readings(), row.Order.ID, row.Order.At)
		if err != nil {
			return err
		}
		kept := "no"
		if picture != "" {
			kept = "yes"
		}
		return compare(want, map[string]string{"amount": r.Amount.String(), "by": r.By, "text": r.Text, "opinion": r.Opinion, "second": r.Second,
			"why": r.Why, "hold": r.Hold, "confirmed": strconv.FormatBool(r.Confirmed), "picture": kept})
	})
}

// posInFront says whether keys go to the POS. The payment window has the keyboard only to be typed into.
func (s *shop) posInFront() bool { return s.window.now().Mood != face.Typing }

func (s *shop) verbScan(args []string) error {
	synctest.Wait()
	s.window.mark()
	for _, code := range args {
		if s.profile.CodeRules().Classify(code).Tender() != pay.TenderUnknown {
			s.secrets = append(s.secrets, code)
		}
		back := s.ears.burst(code+"\r", s.posInFront())
		s.given += strings.ReplaceAll(back, "\r", "<enter>")
		synctest.Wait()
	}
	return nil
}

func (s *shop) verbPress(args []string) error {
	synctest.Wait()
	s.window.mark()
	for _, name := range args {
		chord, err := keys.ParseChord(name)
		if err != nil {
			return err
		}
		switch heard := s.ears.chord(chord, s.posInFront()); {
		case heard:
		case s.posInFront():
			s.given += "<" + chord.String() + ">"
		default:
			s.inWindow(chord)
		}
		synctest.Wait()
	}
	return nil
}

// inWindow is a key while the payment window has the keyboard.
func (s *shop) inWindow(c keys.Chord) {
	v := s.window.now()
	switch c.String() {
	case "esc":
		s.open.station.Intend(face.Intent{Kind: face.Cancel, Turn: v.Turn})
	case "enter":
		amount := v.Amount
		if s.box.turn == v.Turn && s.box.text != "" {
			amount, _ = pay.ParseMoney(s.box.text)
		}
		if amount > 0 {
			s.open.station.Intend(face.Intent{Kind: face.Confirm, Turn: v.Turn, Amount: amount})
		}
	}
}

func (s *shop) verbType(args []string) error {
	synctest.Wait()
	s.window.mark()
	v := s.window.now()
	if v.Mood != face.Typing {
		return fmt.Errorf("the window shows %v and does not have the keyboard", v.Mood)
	}
	s.box = box{strings.Join(args, " "), v.Turn}
	amount, err := pay.ParseMoney(s.box.text)
	if err != nil {
		amount = 0
	}
	s.open.station.Intend(face.Intent{Kind: face.SetAmount, Turn: v.Turn, Amount: amount})
	synctest.Wait()
	return nil
}

// verbEdit puts another amount into a window that does not have the keyboard: a touch on its number pad.
func (s *shop) verbEdit(args []string) error {
	synctest.Wait()
	s.window.mark()
	amount, err := pay.ParseMoney(strings.Join(args, " "))
	if err != nil {
		return err
	}
	s.open.station.Intend(face.Intent{Kind: face.SetAmount, Turn: s.window.now().Turn, Amount: amount})
	synctest.Wait()
	return nil
}

func (s *shop) verbShows(args []string) error {
	if len(args) == 0 {
		return errors.New("which mood?")
	}
	want, err := facts(args[1:])
	if err != nil {
		return err
	}
	return eventually(func() error {
		ok, looked := s.window.find(func(v face.View) bool { return fits(v, args[0], want) == nil })
		if ok {
			return nil
		}
		var b strings.Builder
		for _, v := range looked[max(0, len(looked)-lastFew):] {
			fmt.Fprintf(&b, "\n\t%s %v", v.Mood, viewFacts(v))
		}
		return fmt.Errorf("the window did not show %s; it showed:%s", strings.Join(args, " "), b.String())
	})
}

func fits(v face.View, mood string, want []fact) error {
	if v.Mood.String() != mood {
		return fmt.Errorf("it shows %v", v.Mood)
	}
	is := viewFacts(v)
	for _, f := range want {
		if f.pattern {
			text := map[string]words.Text{"note": v.Note, "step": v.Step}[f.key]
			both := words.Say(words.English, text) + "\n" + words.Say(words.Chinese, text)
			if ok, err := regexp.MatchString(f.value, both); err != nil || !ok {
				return fmt.Errorf("%s is %q", f.key, both)
			}
		} else if err := compare([]fact{f}, is); err != nil {
			return err
		}
	}
	return nil
}

func viewFacts(v face.View) map[string]string {
	order := "none"
	if v.Order != "" {
		order = "given"
	}
	return map[string]string{
		"amount": v.Amount.String(), "code": v.Code, "tender": v.Tender.String(), "serial": v.Serial, "order": order,
		"left": v.Left.String(), "suggested": strconv.FormatBool(v.Suggested), "note": v.Note.Key, "step": v.Step.Key,
	}
}

func (s *shop) verbStays(args []string) error {
	if len(args) != 2 {
		return errors.New("stays MOOD DURATION")
	}
	d, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	for until := time.Now().Add(d); ; time.Sleep(glance) {
		synctest.Wait()
		if is := s.window.now().Mood.String(); is != args[0] {
			return fmt.Errorf("the window shows %s", is)
		}
		if !time.Now().Before(until) {
			return nil
		}
	}
}

func (s *shop) verbPressed(args []string) error {
	defer s.hands.forget()
	return became("pressed in the POS", s.hands.seen, args)
}

func (s *shop) verbHeard(args []string) error {
	err := became("the script made heard", s.hands.heard, args)
	s.hands.mu.Lock()
	defer s.hands.mu.Unlock()
	s.hands.noises = nil
	return err
}

// became waits until a list is what a story says; "nothing" is the empty one.
func became(what string, list func() []string, want []string) error {
	if slices.Equal(want, []string{"nothing"}) {
		want = nil
	}
	return eventually(func() error {
		if is := list(); !slices.Equal(is, want) {
			return fmt.Errorf("%s: %v", what, is)
		}
		return nil
	})
}

func (s *shop) verbGiven(args []string) error {
	synctest.Wait()
	want := strings.Join(args, "")
	if want == "nothing" {
		want = ""
	}
	if s.given != want {
		return fmt.Errorf("the POS was given %q", s.given)
	}
	s.given = ""
	return nil
}

func (s *shop) verbPaper(args []string) error {
	if len(args) == 1 && args[0] == "nothing" {
		synctest.Wait()
		if slips := s.paper.seen(); len(slips) > 0 {
			return fmt.Errorf("%d slips in the printer, the first:\n%s", len(slips), slips[0])
		}
		return nil
	}
	err := eventually(func() error {
		if len(s.paper.seen()) == 0 {
			return errors.New("no slip came out")
		}
		return nil
	})
	if err != nil {
		return err
	}
	slip := s.paper.seen()[0]
	for _, text := range args {
		if !strings.Contains(slip, text) {
			return fmt.Errorf("%q does not stand on the slip:\n%s", text, slip)
		}
	}
	s.paper.tear()
	return nil
}

func (s *shop) verbBank(args []string) error {
	want, err := facts(args)
	if err != nil {
		return err
	}
	synctest.Wait()
	var paid, orders, refunds int
	var amount, refunded pay.Money
	for _, o := range s.bank.Orders() {
		if o.Foreign {
			continue
		}
		orders++
		if o.State == sandbox.StatePaid {
			paid++
			amount += o.Amount
		}
	}
	for _, r := range s.bank.Refunds() {
		if r.Status.Held() {
			refunds++
			refunded += r.Amount
		}
	}
	return compare(want, map[string]string{
		"orders": strconv.Itoa(orders), "paid": strconv.Itoa(paid), "amount": amount.String(),
		"refunds": strconv.Itoa(refunds), "refunded": refunded.String(), "asked": strconv.Itoa(s.bank.Counts()["micro_pay"]),
	})
}

// order gives the N-th order of the book, or the newest, and how many there are.
func (s *shop) order(n string) (ledger.OrderRow, int, error) {
	rows, err := s.open.book.Orders(context.Background(), ledger.Filter{})
	if err != nil {
		return ledger.OrderRow{}, 0, err
	}
	at := len(rows)
	if n != "" {
		if at, err = strconv.Atoi(n); err != nil {
			return ledger.OrderRow{}, 0, err
		}
	}
	if at < 1 || at > len(rows) {
		return ledger.OrderRow{}, len(rows), fmt.Errorf("%w: number %d of %d", ledger.ErrNoOrder, at, len(rows))
	}
	return rows[at-1], len(rows), nil
}

func (s *shop) verbBook(args []string) error {
	n := ""
	if len(args) > 0 && !strings.Contains(args[0], "=") {
		n, args = args[0], args[1:]
	}
	want, err := facts(args)
	if err != nil {
		return err
	}
	return eventually(func() error {
		row, count, err := s.order(n)
		if err != nil && !errors.Is(err, ledger.ErrNoOrder) {
			return err
		}
		_, halted, err := s.open.book.Halted(context.Background())
		if err != nil {
			return err
		}
		is := map[string]string{"orders": strconv.Itoa(count), "halted": map[bool]string{true: "yes", false: "no"}[halted]}
		if row.Order.ID != "" {
			is["status"], is["why"], is["amount"] = row.Outcome.Status.String(), string(row.Outcome.Why), row.Order.Amount.String()
			is["refunded"], is["source"], is["serial"] = row.Refunded.String(), row.Order.Source, row.Order.Serial
			is["slips"], is["remark"], is["tender"] = strconv.Itoa(row.Slips), row.Order.Remark, row.Order.Tender.String()
		}
		return compare(want, is)
	})
}

// refusals are the names under which a story expects a refund to be refused.
var refusals = map[string]error{
	"remainder": ledger.ErrRemainder, "not_paid": ledger.ErrNotPaid, "halted": ledger.ErrHalted, "not_allowed": pay.ErrNotAllowed,
}

func (s *shop) refund(refused bool, args []string) error {
	if len(args) < 2 {
		return errors.New("refund N AMOUNT")
	}
	row, _, err := s.order(args[0])
	if err != nil {
		return err
	}
	var amount pay.Money
	if args[1] != "all" {
		if amount, err = pay.ParseMoney(args[1]); err != nil {
			return err
		}
	}
	r, err := s.open.teller.Refund(context.Background(), station.Giveback{Order: row.Order.ID, Amount: amount, Reason: "退货"})
	if refused {
		if len(args) != 3 || refusals[args[2]] == nil {
			return errors.New("! refund N AMOUNT REASON")
		}
		if !errors.Is(err, refusals[args[2]]) {
			return fmt.Errorf("the refund was not refused as %s; it is %v, error %v", args[2], r.Outcome.Status, err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if r.Outcome.Status.Held() && r.Outcome.Status != pay.RefundUnknown {
		s.open.station.PrintRefund(context.Background(), row, r)
		s.open.station.Refunded(row, r)
	}
	want, err := facts(args[2:])
	if err != nil {
		return err
	}
	return compare(want, map[string]string{"status": r.Outcome.Status.String(), "why": string(r.Outcome.Why)})
}

func (s *shop) verbResolve(args []string) error {
	if len(args) == 0 {
		return errors.New("resolve N")
	}
	row, _, err := s.order(args[0])
	if err != nil {
		return err
	}
	if row, err = s.open.station.Resolve(context.Background(), row.Order.ID); err != nil {
		return err
	}
	want, err := facts(args[1:])
	if err != nil {
		return err
	}
	return compare(want, map[string]string{"status": row.Outcome.Status.String()})
}

func (s *shop) verbReconcile(args []string) error {
	differences, err := s.open.teller.Reconcile(context.Background(), true)
	if err != nil {
		return err
	}
	var codes []string
	for _, d := range differences {
		codes = append(codes, string(d.Code))
	}
	if !slices.Equal(codes, args) {
		return fmt.Errorf("differences: %v", codes)
	}
	return nil
}

func (s *shop) verbRelease([]string) error {
	return s.open.book.Release(context.Background(), "1009", "checked with the service")
}

func (s *shop) verbInject(args []string) error {
	if len(args) == 0 {
		return errors.New("inject what?")
	}
	switch what, value, _ := strings.Cut(args[0], "="); what {
	case "stop":
		if !slices.Contains(fault.All(), fault.Point(value)) {
			return fmt.Errorf("no fault point %q", value)
		}
		s.open.points.Arm(fault.Point(value), 1)
		return nil
	case "network":
		s.cut.Store(value == "cut")
		return nil
	case "paper":
		s.paper.mu.Lock()
		defer s.paper.mu.Unlock()
		s.paper.out = value == "out"
		return nil
	case "hands":
		s.hands.mu.Lock()
		defer s.hands.mu.Unlock()
		s.hands.stuck, s.hands.slow = value == "stuck", value == "slow"
		return nil
	}
	return s.misbehave(args)
}

func (s *shop) misbehave(args []string) error {
	with, err := facts(args[1:])
	if err != nil {
		return err
	}
	f := sandbox.Fault{Kind: sandbox.FaultKind(args[0])}
	for _, w := range with {
		var err error
		switch w.key {
		case "interface":
			f.Interface = w.value
		case "count":
			f.Count, err = strconv.Atoi(w.value)
		case "delay":
			f.Delay, err = time.ParseDuration(w.value)
		case "amount":
			f.Amount, err = pay.ParseMoney(w.value)
		default:
			err = fmt.Errorf("a fault has no %q", w.key)
		}
		if err != nil {
			return err
		}
	}
	return s.bank.Inject(f)
}

func (s *shop) verbAdvance(args []string) error {
	if len(args) != 1 {
		return errors.New("advance DURATION")
	}
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	time.Sleep(d)
	synctest.Wait()
	return nil
}

func (s *shop) verbShutdown([]string) error { return s.powerOff() }

func (s *shop) verbRestart([]string) error {
	if err := s.powerOff(); err != nil {
		return err
	}
	if err := s.powerOn(); err != nil {
		return err
	}
	synctest.Wait()
	return nil
}
