package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/gateway/cloudpay"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/profile"
	"cpos/engine/receipt"
	"cpos/engine/sandbox"
	"cpos/engine/script"
	"cpos/engine/station"
	"cpos/engine/store"
	"cpos/engine/vault"
	"cpos/engine/words"
	"cpos/hw/printer"
	"cpos/scripts"
)

// drivers are the payment services of this program.
func drivers() gateway.Set { return gateway.Set{cloudpay.Driver} }

func driverNames() []string {
	var all []string
	for _, d := range drivers() {
		all = append(all, d.Name)
	}
	return all
}

// mode says how much of a till is opened.
type mode uint8

const (
	looking  mode = iota // the profile and where its data lies; nothing on the disk is touched
	reading              // the book, read-only, beside a running engine
	writing              // the book, as its only writer
	charging             // the book as its only writer, the secrets and the payment service
)

// till is one till as the door opened it. Which fields are set depends on the mode.
type till struct {
	profile *profile.Profile
	named   string // the profile's clerk; another may have taken over
	data    string // folder of the book, the vault and the logs
	scripts script.Source
	codes   *codeBook
	log     *slog.Logger

	vault   *vault.Vault
	store   *store.SQLite
	book    *ledger.Book
	gateway pay.Gateway
	teller  *station.Teller

	closers []func() error
}

// bookFile is the book inside the data folder.
const bookFile = "book.db"

// openTill loads the profile of the till that is meant and opens what the mode asks for. close it.
func openTill(ctx context.Context, g globals, m mode) (*till, error) {
	src, err := g.source()
	if err != nil {
		return nil, err
	}
	p, err := profile.Load(src)
	if err != nil {
		return nil, err
	}
	t := &till{profile: p, data: p.Data, scripts: scriptSource(p, src.Root), log: slog.New(slog.DiscardHandler)}
	if t.data == "" {
		t.data, err = dataFolder(p)
	}
	if err == nil {
		t.named, p.Clerk = p.Clerk, rememberedClerk(t.data, p.Clerk)
		t.codes = openCodeBook(t.data, p.CodeRules())
		err = t.open(ctx, m)
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func (t *till) open(ctx context.Context, m mode) error {
	switch m {
	case reading:
		return t.openReader(ctx)
	case writing:
		return t.openWriter(ctx)
	case charging:
		if err := t.openWriter(ctx); err != nil {
			return err
		}
		return t.openGateway()
	}
	return nil
}

// openReader opens the book for looking. A till that has sold nothing yet has no book and an empty one
// stands in for it.
func (t *till) openReader(ctx context.Context) error {
	s, err := store.OpenReader(ctx, filepath.Join(t.data, bookFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.book, err = ledger.Open(ctx, store.NewMemory(), ledger.Options{Numbering: t.numbering()})
		return err
	case err != nil:
		return err
	}
	t.store, t.closers = s, append(t.closers, s.Close)
	t.book, err = ledger.Open(ctx, s, ledger.Options{Numbering: t.numbering()})
	return err
}

func (t *till) openWriter(ctx context.Context) error {
	var err error
	if t.vault, err = vault.Open(t.data); err != nil {
		return err
	}
	s, err := store.Open(ctx, filepath.Join(t.data, bookFile))
	if err != nil {
		return err
	}
	t.store, t.closers = s, append(t.closers, s.Close)
	t.book, err = ledger.Open(ctx, s, ledger.Options{Numbering: t.numbering(), Sealer: t.vault})
	return err
}

func (t *till) numbering() ledger.Numbering {
	m := t.profile.Merchant
	return ledger.Numbering{Prefix: string(m.OrderPrefix), Store: m.Shop, Device: t.profile.DeviceID}
}

// openGateway makes the payment service and the teller in front of it. The vault is open.
func (t *till) openGateway() error {
	if t.vault == nil {
		var err error
		if t.vault, err = vault.Open(t.data); err != nil {
			return err
		}
	}
	p := t.profile
	client, err := t.client()
	if err != nil {
		return err
	}
	options, err := t.driverOptions()
	if err != nil {
		return err
	}
	driver, err := drivers().Find(p.Payment.Gateway.Driver)
	if err != nil {
		return err
	}
	t.gateway, err = driver.New(gateway.Env{HTTP: client, Now: time.Now, Store: p.Merchant.Shop,
		Device: p.DeviceID, Clerk: p.Clerk, Options: options})
	if err != nil {
		return err
	}
	t.teller = &station.Teller{Book: t.book, Gateway: t.gateway, Till: t.stationTill(),
		Rules: moneyRules(p), Clock: station.SystemClock{}, Log: t.log}
	return nil
}

// close gives everything back, the newest first. It may be called twice.
func (t *till) close() error {
	var errs []error
	for i := len(t.closers) - 1; i >= 0; i-- {
		errs = append(errs, t.closers[i]())
	}
	t.closers = nil
	return errors.Join(errs...)
}

// keepLog sends the log to w from now on; call it before the parts that log are made.
func (t *till) keepLog(w io.Writer) {
	t.log = slog.New(slog.NewJSONHandler(w, nil))
	if t.teller != nil {
		t.teller.Log = t.log
	}
}

// client is the one HTTP client, through the shop's proxy where there is one.
func (t *till) client() (*http.Client, error) {
	proxy := t.profile.Network.Proxy
	o := gateway.HTTPOptions{Proxy: gateway.Proxy{URL: string(proxy.URL), User: proxy.User}, Log: t.log}
	if proxy.Password != "" {
		value, err := t.secret(string(proxy.Password))
		if err != nil {
			return nil, err
		}
		o.Proxy.Password = value
	}
	return gateway.NewHTTP(o)
}

// driverOptions joins the profile's settings with the secrets behind its references.
func (t *till) driverOptions() (map[string]string, error) {
	options := t.profile.GatewayOptions()
	var missing []error
	for _, name := range slices.Sorted(maps.Keys(t.profile.Secrets)) {
		value, err := t.secret(string(t.profile.Secrets[name]))
		if err != nil {
			missing = append(missing, err)
			continue
		}
		options[name] = value
	}
	if err := errors.Join(missing...); err != nil {
		return nil, err
	}
	if options["auth_key"] == sandbox.PracticeAuthKey && !t.practising() {
		return nil, words.Fail(gateway.ErrSettings, "cli.practice_key").Advise("cli.practice_key.hint")
	}
	return options, nil
}

// secret opens a reference of the profile.
func (t *till) secret(reference string) (string, error) {
	name, ok := vault.Reference(reference)
	if !ok {
		return "", vault.ErrName // without the text, for it may be a value in the wrong place
	}
	value, err := t.vault.Secret(name)
	if errors.Is(err, vault.ErrNoSecret) {
		hint := "cli.no_secret.hint"
		if t.practising() {
			hint = "cli.no_secret.practice"
		}
		return "", words.Fail(vault.ErrNoSecret, "cli.secret_missing", "name", name).Advise(hint, "name", name)
	}
	return string(value), err
}

// practising says that the payment service is a sandbox on this machine.
func (t *till) practising() bool {
	u, err := url.Parse(string(t.profile.Payment.Gateway.BaseURL))
	return err == nil && gateway.Loopback(u.Hostname())
}

// installPracticeKeys seals the published practice keys under the profile's references, where nothing is
// sealed yet. It refuses a till whose payment service is not on this machine.
func (t *till) installPracticeKeys() (names []string, err error) {
	if !t.practising() {
		return nil, words.Fail(gateway.ErrSettings, "cli.practice_key").Advise("cli.practice_key.hint")
	}
	if t.vault == nil {
		if t.vault, err = vault.Open(t.data); err != nil {
			return nil, err
		}
	}
	practice := sandbox.PracticeKeys()
	for key, value := range map[string]string{"auth_key": practice.AuthKey, "sign_key": practice.PrivateKey} {
		name, ok := vault.Reference(string(t.profile.Secrets[key]))
		if !ok {
			continue
		}
		if _, err := t.vault.Secret(name); !errors.Is(err, vault.ErrNoSecret) {
			continue // a value that somebody sealed stays
		}
		if err := t.vault.PutSecret(name, []byte(value)); err != nil {
			return names, err
		}
		names = append(names, name)
	}
	return names, nil
}

// startHooks starts the script worker of the till's profile; close ends it.
func (t *till) startHooks(ctx context.Context) (*script.Worker, error) {
	w, err := script.StartWorker(ctx, script.WorkerOptions{Command: workerCommand, Source: t.scripts})
	if err != nil {
		return nil, err
	}
	t.closers = append(t.closers, func() error { w.Close(); return nil })
	return w, nil
}

// workerCommand starts this very program as a script worker.
func workerCommand() *exec.Cmd { return selfCommand(hookWorkerName) }

// guardCommand starts this very program as the guard of its keys.
func guardCommand() *exec.Cmd { return selfCommand(keysGuardName) }

// selfCommand starts this very program as something else. The name it was called by is kept, since a program
// may decide by it what it is.
func selfCommand(name string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return &exec.Cmd{Path: self, Args: []string{os.Args[0], name}}
}

func scriptSource(p *profile.Profile, repository string) script.Source {
	std, err := fs.Sub(scripts.FS, "std")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return script.Source{Root: scriptRoot(repository), Std: std, File: strings.TrimPrefix(p.Script, "scripts/")}
}

// stationTill says who sells.
func (t *till) stationTill() station.Till {
	p := t.profile
	return station.Till{Store: script.Store{ID: p.Merchant.Shop, Name: p.Merchant.Name, Header: p.Receipt.Header,
		Welcome: p.Receipt.Welcome}, Device: p.DeviceID, Clerk: p.Clerk}
}

// moneyRules says how this profile moves money.
func moneyRules(p *profile.Profile) station.MoneyRules {
	return station.MoneyRules{
		PollEvery: p.Payment.Poll.Every, PollFor: p.Payment.Poll.For, FollowEvery: p.Payment.Unknown.Every,
		Reconcile: p.Reconcile.Every, Grace: p.Reconcile.Grace, Freeze: p.Reconcile.OnMismatch == "freeze", ClockSkew: p.Reconcile.ClockSkew,
		Partial: p.Refund.Partial, Twice: p.Payment.Twice.Within, Reverse: p.Payment.Gateway.Reverse,
	}
}

// saleRules says how the payment window of this profile behaves.
func saleRules(p *profile.Profile) station.SaleRules {
	r := station.SaleRules{
		Scan: p.Trigger.Scan, HotkeyReads: p.Trigger.HotkeyCapturesAmount, Manual: p.Amount.Input == "manual",
		Serial:    p.Serial.Capture,
		Remark:    p.Serial.Remark,
		Confirm:   station.Confirm{Auto: !p.Payment.Confirm.Manual, After: p.Payment.Confirm.After},
		ResultFor: p.Payment.ResultDisplay, Aside: p.Payment.Aside, Codes: p.CodeRules(), Most: pay.MaxCharge, Large: p.Amount.Max,
		Copies:  station.Copies{Payment: p.Receipt.Copies.Payment, Refund: p.Receipt.Copies.Refund},
		CopyGap: p.Receipt.Interval, StaleAfter: p.Receipt.StaleAfter, Hotkeys: p.Chords(), POS: p.Window(), Contact: p.Merchant.Contact,
	}
	if p.Banner != "" {
		r.Banner = words.T("cli.banner", "text", p.Banner)
	}
	return r
}

// openPrinter makes the till's printer; nil where it has none.
func (t *till) openPrinter() (receipt.Printer, error) {
	p := t.profile.Printer
	switch p.Kind {
	case "file":
		dir := p.Port
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(t.data, dir)
		}
		return printer.NewFolder(dir), nil
	case "network":
		return printer.NewNetwork(p.Port, printer.Options{})
	}
	return nil, nil
}

// dataFolder is where a till's book lies when the profile does not say: in the user's data, one folder
// for each till and environment, so that practice money never meets real money.
func dataFolder(p *profile.Profile) (string, error) {
	base, err := userData()
	if err != nil {
		return "", fmt.Errorf("find the folder for data: %w", err)
	}
	env := p.EnvName()
	if env == "" {
		env = "live"
	}
	return filepath.Join(base, "cpos", env, filepath.FromSlash(p.TillName())), nil
}

func userData() (string, error) {
	if runtime.GOOS == "windows" {
		return os.UserCacheDir() // %LocalAppData%: a book must not roam between machines
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "share"), err
}
