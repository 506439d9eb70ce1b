package station_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cpos/engine/capture"
	"cpos/engine/fault"
	"cpos/engine/gateway"
	"cpos/engine/gateway/cloudpay"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/profile"
	"cpos/engine/sandbox"
	"cpos/engine/script"
	"cpos/engine/station"
	"cpos/engine/store"
	"cpos/engine/vault"
	"cpos/engine/witness"
	"cpos/engine/words"
	"cpos/hw/printer"
	"cpos/profiles"
	"cpos/scripts"
)

// shop is one story: a till, what stands around it, and the bank far away.
type shop struct {
	dir string
	log journal

	bank    *sandbox.Server
	closing func() // of the bank
	road    *sandbox.PipeListener
	cut     atomic.Bool // the network

	settings map[string]string // of the verb till
	profile  *profile.Profile
	screen   *screen
	second   *second
	display  *told
	hands    *hands
	ears     *ears
	window   *window
	paper    *paper
	covered  bool
	given    string // to the POS, keys that nobody wanted
	box      box    // the amount box of the payment window
	secrets  []string
	open     *openTill
}

// box is what stands typed in the payment window.
type box struct {
	text string
	turn uint64
}

// openTill is what lives between power on and power off.
type openTill struct {
	points  *fault.Points
	store   ledger.Store
	book    *ledger.Book
	teller  *station.Teller
	station *station.Station
	close   func() error
}

func newShop(dir string) *shop {
	return &shop{dir: dir, window: &window{}, hands: &hands{}}
}

// journal is the till's log.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// furnish puts up everything that stays over a restart.
func (s *shop) furnish() error {
	special := map[string]bool{"signs": true, "anchor": true, "hooks": true, "auth_key": true, "sign_key": true, "reverse": true}
	set := maps.Clone(s.settings)
	maps.DeleteFunc(set, func(k, _ string) bool { return special[k] })
	if set["payment.twice.within"] == "" {
		set["payment.twice.within"] = "0s" // one painted POS serves many customers under one number
	}
	p, err := profile.Load(profile.Source{FS: profiles.FS, Till: "practice/till1", Env: "sandbox", Set: set})
	if err != nil {
		return err
	}
	p.Payment.Gateway.Reverse = s.settings["reverse"] == "yes" // the practice provider forbids it to its shops
	s.profile = p
	client := image.Rectangle{Max: p.Taught().Client()}.Add(image.Pt(40, 30))
	s.screen = &screen{client: client, regions: p.Regions(), texts: map[string]string{}}
	s.screen.signs, s.screen.anchor = s.settings["signs"] == "taught", s.settings["anchor"] == "taught"
	s.second, s.display = &second{}, &told{}
	s.ears = &ears{accept: func(text string) bool { return p.CodeRules().Classify(text).Tender() != pay.TenderUnknown }}
	form, err := p.Paper()
	if err != nil {
		return err
	}
	s.paper = &paper{form: form}
	return s.openBank()
}

func (s *shop) openBank() error {
	server, err := sandbox.New(sandbox.Practice())
	if err != nil {
		return err
	}
	s.bank, s.road = server, sandbox.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(ctx, s.road); err != nil {
			fmt.Fprintln(&s.log, err)
		}
	}()
	s.closing = func() { stop(); <-ended }
	return nil
}

func (s *shop) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.cut.Load() {
		return nil, errors.New("network is unreachable")
	}
	return s.road.DialContext(ctx, network, address)
}

// powerOn opens the book and starts the till and its printer.
func (s *shop) powerOn() error {
	p := s.profile
	log := slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	safe, err := vault.Open(filepath.Join(s.dir, "data"))
	if err != nil {
		return err
	}
	disk, err := store.Open(context.Background(), filepath.Join(s.dir, "data", "book.db"))
	if err != nil {
		return err
	}
	book, err := ledger.Open(context.Background(), disk, ledger.Options{Sealer: safe, Numbering: ledger.Numbering{
		Prefix: string(p.Merchant.OrderPrefix), Store: p.Merchant.Shop, Device: p.DeviceID}})
	if err != nil {
		return errors.Join(err, disk.Close())
	}
	service, hangUp, err := s.service(log)
	if err != nil {
		return errors.Join(err, disk.Close())
	}
	hooks, err := s.hooks()
	if err != nil {
		return errors.Join(err, disk.Close())
	}
	s.window.mark()
	s.paper.queue = printer.NewQueue(s.paper)
	points := &fault.Points{}
	teller := &station.Teller{Book: book, Gateway: service, Till: s.till(), Rules: moneyRules(p),
		Clock: station.SystemClock{}, Points: points, Log: log}
	parts, err := s.parts(teller, hooks)
	if err != nil {
		return errors.Join(err, disk.Close())
	}
	t := station.New(parts)
	work := s.start(t, log)
	s.open = &openTill{points: points, store: disk, book: book, teller: teller, station: t, close: func() error {
		err := work()
		parts.Capture.(*capture.Judge).Wait()
		return errors.Join(err, hangUp(), disk.Close())
	}}
	t.Covers(s.covered)
	return nil
}

// start lets the till and its printer work until the function it gives is called.
func (s *shop) start(t *station.Station, log *slog.Logger) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	printing, endPrinting := context.WithCancel(context.Background())
	ended, printed := make(chan error, 1), make(chan struct{})
	go func() { defer close(printed); s.paper.queue.Run(printing) }()
	go func() { ended <- t.Run(ctx) }()
	return func() error {
		cancel()
		err := <-ended
		endPrinting()
		<-printed
		log.Info("till is off")
		return err
	}
}

func (s *shop) service(log *slog.Logger) (pay.Gateway, func() error, error) {
	client, err := gateway.NewHTTP(gateway.HTTPOptions{Dial: s.dial, Log: log})
	if err != nil {
		return nil, nil, err
	}
	options := s.profile.GatewayOptions()
	options["machine_no"] = "00-00-5E-00-53-01"
	practice := sandbox.PracticeKeys()
	options["auth_key"], options["sign_key"] = practice.AuthKey, practice.PrivateKey
	if s.settings["auth_key"] == "another" {
		options["auth_key"] = "PRACTICE-ONLY-another-key-000001"
	}
	if s.settings["sign_key"] == "another" {
		if options["sign_key"], err = newSignKey(); err != nil {
			return nil, nil, err
		}
	}
	s.secrets = append(s.secrets, options["auth_key"], "PRIVATE KEY")
	g, err := cloudpay.Driver.New(gateway.Env{
		HTTP: client, Store: s.profile.Merchant.Shop, Device: s.profile.DeviceID, Clerk: s.profile.Clerk, Options: options,
	})
	return g, func() error { client.CloseIdleConnections(); return nil }, err
}

func newSignKey() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), err
}

// hooks are the shipped script's, or those of a file of the story.
func (s *shop) hooks() (*script.Program, error) {
	std, err := fs.Sub(scripts.FS, "std")
	if err != nil {
		return nil, err
	}
	from := script.Source{Root: scripts.FS, Std: std, File: s.profile.Script}
	if file := s.settings["hooks"]; file != "" {
		from.Root, from.File = os.DirFS(s.dir), file
	}
	return script.Load(from)
}

func (s *shop) till() station.Till {
	p := s.profile
	return station.Till{Device: p.DeviceID, Clerk: p.Clerk, Store: script.Store{
		ID: p.Merchant.Shop, Name: p.Merchant.Name, Header: p.Receipt.Header, Welcome: p.Receipt.Welcome}}
}

func moneyRules(p *profile.Profile) station.MoneyRules {
	return station.MoneyRules{
		PollEvery: p.Payment.Poll.Every, PollFor: p.Payment.Poll.For, FollowEvery: p.Payment.Unknown.Every,
		Reconcile: p.Reconcile.Every, Grace: p.Reconcile.Grace, Freeze: p.Reconcile.OnMismatch == "freeze", ClockSkew: p.Reconcile.ClockSkew,
		Partial: p.Refund.Partial, Twice: p.Payment.Twice.Within, Reverse: p.Payment.Gateway.Reverse,
	}
}

// judge is the till's, before the painted screen.
func (s *shop) judge() (*capture.Judge, error) {
	p := s.profile
	j := &capture.Judge{
		Eye: s.screen, Reader: tapeReader{}, Scene: s.screen, Regions: p.Regions(), Taught: p.Taught().Client(),
		DPI: p.Taught().DPI, Grammar: p.Grammar(), SerialForm: p.SerialForm(), Pause: p.Amount.Pause, Agree: p.Amount.Agree,
	}
	for _, from := range p.Amount.Sources {
		one := capture.Source{Kind: capture.Kind(from.Kind), Region: from.Region}
		if one.Kind == capture.Display {
			one.Line = s.display
		}
		j.Sources = append(j.Sources, one)
	}
	if s.screen.anchor {
		j.Anchor = &capture.Anchor{Picture: anchorPicture(), At: anchorAt}
	}
	if !s.screen.signs {
		return j, nil
	}
	var err error
	j.Reader = s.second
	j.Glyphs, err = taughtSigns()
	return j, err
}

// readings is the folder of what is remembered of reading.
func (s *shop) readings() string { return filepath.Join(s.dir, "data", "readings") }

func (s *shop) parts(teller *station.Teller, hooks *script.Program) (station.Parts, error) {
	p := s.profile
	judge, err := s.judge()
	if err != nil {
		return station.Parts{}, err
	}
	kept, err := witness.Open(s.readings(), witness.Options{Profile: "story", After: p.Payment.UnlockAfter, Pictures: p.Privacy.ScreenFrames})
	if err != nil {
		return station.Parts{}, err
	}
	player := keys.Player{Hands: s.hands, POS: p.Window(), Beep: func(times int) { s.hands.sound(fmt.Sprintf("beep:%d", times)) },
		Toast: func(text string) { s.hands.sound("toast:" + text) }}
	return station.Parts{
		Teller: teller, Hooks: hooks, Capture: judge, Witness: kept, Face: s.window, Ears: s.ears, Slips: slips{s.paper},
		Play: func(ctx context.Context, plan keys.Plan) error { return keys.Play(ctx, plan, player) },
		Resume: func(ctx context.Context, plan keys.Plan, from keys.Mark) error {
			rest := player
			rest.From, rest.Sent = from.Number, from.Sent
			return keys.Play(ctx, plan, rest)
		},
		Rules: station.SaleRules{
			Hooks: station.HookRulesOf(hooks.Defined()),
			Scan:  p.Trigger.Scan, HotkeyReads: p.Trigger.HotkeyCapturesAmount, Manual: p.Amount.Input == "manual",
			Serial: p.Serial.Capture, Remark: p.Serial.Remark, Large: p.Amount.Max,
			Confirm:   station.Confirm{Auto: !p.Payment.Confirm.Manual, After: p.Payment.Confirm.After},
			ResultFor: p.Payment.ResultDisplay, Aside: p.Payment.Aside, Codes: p.CodeRules(), Most: pay.MaxCharge,
			Copies:  station.Copies{Payment: p.Receipt.Copies.Payment, Refund: p.Receipt.Copies.Refund},
			CopyGap: p.Receipt.Interval, StaleAfter: p.Receipt.StaleAfter, Hotkeys: p.Chords(), POS: p.Window(), Contact: p.Merchant.Contact,
			Banner: words.T("cli.banner", "text", p.Banner),
		},
	}, nil
}

func (s *shop) powerOff() error {
	if s.open == nil {
		return nil
	}
	off := s.open
	s.open = nil
	return off.close()
}

// close ends the story and looks whether money and book agree.
func (s *shop) close(t *testing.T) {
	if s.bank == nil {
		return
	}
	defer s.closing()
	if err := s.powerOff(); err != nil {
		t.Errorf("close the till: %v", err)
	}
	if err := s.audit(); err != nil {
		t.Errorf("after closing time: %v", err)
	}
	for _, v := range s.window.views {
		for _, text := range []words.Text{v.Note, v.Step, v.Banner} {
			if !text.IsZero() && !words.Known(text.Key) {
				t.Errorf("the window said %q, which the catalogue does not know", text.Key)
			}
		}
	}
	log := s.log.String()
	for _, secret := range s.secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds a payment code or a key")
		}
	}
	if t.Failed() {
		t.Logf("the till's log:\n%s", log)
	}
}

// audit verifies the chain and holds the book against the bank: no money was taken that the book does not
// know, and nothing is called paid that is not.
func (s *shop) audit() error {
	disk, err := store.OpenReader(context.Background(), filepath.Join(s.dir, "data", "book.db"))
	if err != nil {
		return err
	}
	defer disk.Close()
	book, err := ledger.Open(context.Background(), disk, ledger.Options{})
	if err != nil {
		return err
	}
	if _, err := book.Verify(context.Background()); err != nil {
		return err
	}
	paid := map[string]bool{}
	for _, o := range s.bank.Orders() {
		paid[o.Number] = o.State == sandbox.StatePaid
		if o.Foreign {
			continue
		}
		if row, err := book.Order(context.Background(), o.Number); err != nil || row.Order.Amount != o.Amount {
			return fmt.Errorf("the bank has an order of %v, the book has %v: %w", o.Amount, row.Order.Amount, err)
		}
	}
	rows, err := book.Orders(context.Background(), ledger.Filter{})
	for _, r := range rows {
		if r.Outcome.Status == pay.Paid && !paid[r.Order.ID] {
			err = errors.Join(err, fmt.Errorf("the book calls an order of %v paid and the bank does not", r.Order.Amount))
		}
	}
	return err
}
