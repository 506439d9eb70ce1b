package cloudpay

import (
	"crypto/rsa"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// name is the driver's name in a profile.
const name = "cloudpay"

// options are all settings of the driver.
var options = []gateway.Option{
	{Name: "base_url", Help: "gateway.cloudpay.base_url", Default: "https://pay.qcloud.com/cpay/", Required: true},
	{Name: "out_mch_id", Help: "gateway.cloudpay.out_mch_id", Required: true},
	{Name: "out_sub_mch_id", Help: "gateway.cloudpay.out_sub_mch_id", Required: true},
	{Name: "auth_key", Help: "gateway.cloudpay.auth_key", Required: true, Secret: true},
	{Name: "sign_key", Help: "gateway.cloudpay.sign_key", Secret: true},
	{Name: "refund_auth", Help: "gateway.cloudpay.refund_auth"},
	{Name: "generation", Help: "gateway.cloudpay.generation", Default: "2018"},
	{Name: "reverse", Help: "gateway.cloudpay.reverse", Default: "false"},
	{Name: "body", Help: "gateway.cloudpay.body"},
	{Name: "machine_no", Help: "gateway.cloudpay.machine_no"},
	{Name: "pay_timeout", Help: "gateway.cloudpay.pay_timeout", Default: "30s"},
	{Name: "query_timeout", Help: "gateway.cloudpay.query_timeout", Default: "10s"},
}

// Driver is Cloud Pay in the set of payment services.
var Driver = gateway.Driver{Name: name, Help: "gateway.cloudpay.help", Options: options, New: open}

// open keeps a nil *Gateway from becoming an interface that is not nil.
func open(e gateway.Env) (pay.Gateway, error) {
	g, err := New(e)
	if err != nil {
		return nil, err
	}
	return g, nil
}

// Longest waits. Beyond them a cashier is better served by "not known yet" and a query.
const (
	maxPayTimeout   = 30 * time.Second
	maxQueryTimeout = 10 * time.Second
)

// Gateway is one till's road to Cloud Pay. It is safe for use by several goroutines.
type Gateway struct {
	env       gateway.Env
	base      string // ends in a slash
	mch, sub  string
	authKey   []byte
	refundKey *rsa.PrivateKey // nil: refunds carry the HMAC
	reverse   bool
	// firstGeneration says that the service numbers states as the reference of 2017 does.
	firstGeneration bool
	body            string
	machine         machine
	payLimit        time.Duration
	queryLimit      time.Duration
}

// The powers of the driver beside pay.Gateway.
var (
	_ pay.Gateway   = (*Gateway)(nil)
	_ pay.Lister    = (*Gateway)(nil)
	_ pay.Pinger    = (*Gateway)(nil)
	_ pay.Directory = (*Gateway)(nil)
	_ pay.Prefixer  = (*Gateway)(nil)
)

// New checks the options, all of them before it complains, and looks up how this machine is called. It
// touches no network.
func New(e gateway.Env) (*Gateway, error) {
	o, err := gateway.Driver{Name: name, Options: options}.Fill(e.Options)
	problems := []error{err}
	if e.HTTP == nil {
		var err error
		e.HTTP, err = gateway.NewHTTP(gateway.HTTPOptions{})
		problems = append(problems, err)
	}
	if e.Now == nil {
		e.Now = time.Now
	}
	if e.Nonce == nil {
		e.Nonce = nonce
	}
	g := &Gateway{env: e, mch: o["out_mch_id"], sub: o["out_sub_mch_id"], body: o["body"], machine: thisMachine(o["machine_no"])}
	if g.body == "" {
		// The text stands on the customer's bill, in the customer's language.
		g.body = words.Say(words.Chinese, words.T("gateway.cloudpay.body.default"))
	}
	problems = append(problems,
		g.setBase(o["base_url"]),
		g.setAuthKey(o["auth_key"]),
		g.setRefundAuth(o["refund_auth"], o["sign_key"]),
		g.setGeneration(o["generation"]),
		setSwitch("reverse", o["reverse"], &g.reverse),
		setWait("pay_timeout", o["pay_timeout"], maxPayTimeout, &g.payLimit),
		setWait("query_timeout", o["query_timeout"], maxQueryTimeout, &g.queryLimit))
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return g, nil
}

func badOption(option string) *words.Problem {
	return words.Fail(gateway.ErrSettings, "gateway.option.bad", "driver", name, "name", option)
}

// setBase refuses plain http to anywhere but this machine: payment codes would travel in clear.
func (g *Gateway) setBase(s string) error {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return nil // already reported as missing
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return badOption("base_url").Advise("gateway.cloudpay.base_url")
	case u.Scheme == "http" && !gateway.Loopback(u.Hostname()), u.Scheme != "http" && u.Scheme != "https":
		return badOption("base_url").Advise("gateway.cloudpay.base_url.plain")
	}
	g.base = strings.TrimSuffix(u.String(), "/") + "/"
	return nil
}

// setAuthKey takes the key as the text it is. White space in it can only be a slip of the clipboard, and
// the service would answer it with an error that names no cause.
func (g *Gateway) setAuthKey(s string) error {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return badOption("auth_key").Advise("gateway.cloudpay.auth_key.space")
		}
	}
	g.authKey = []byte(s)
	return nil
}

// setRefundAuth picks how refunds are authenticated: by signature where there is a key for it, unless told
// otherwise. A key that is given must be usable even when it is not used.
func (g *Gateway) setRefundAuth(mode, key string) error {
	var private *rsa.PrivateKey
	if key != "" {
		k, err := parseKey([]byte(key))
		if err != nil {
			return words.Fail(errors.Join(pay.ErrSignKey, gateway.ErrSettings), "gateway.cloudpay.sign_key.bad").
				Advise("gateway.cloudpay.sign_key.hint").Because(err)
		}
		private = k
	}
	switch {
	case mode == "hmac":
		return nil
	case mode == "rsa" && private == nil:
		return badOption("refund_auth").Advise("gateway.cloudpay.refund_auth.no_key")
	case mode == "rsa" || mode == "":
		g.refundKey = private
		return nil
	}
	return badOption("refund_auth").Advise("gateway.cloudpay.refund_auth")
}

// setGeneration picks the reference whose numbers the service speaks.
func (g *Gateway) setGeneration(year string) error {
	if year != "2017" && year != "2018" {
		return badOption("generation").Advise("gateway.cloudpay.generation")
	}
	g.firstGeneration = year == "2017"
	return nil
}

func setSwitch(name, s string, to *bool) error {
	v, err := strconv.ParseBool(s)
	if err != nil {
		return badOption(name).Advise("gateway.option.switch")
	}
	*to = v
	return nil
}

func setWait(name, s string, most time.Duration, to *time.Duration) error {
	v, err := time.ParseDuration(s)
	if err != nil || v <= 0 || v > most {
		return badOption(name).Advise("gateway.option.wait", "most", most)
	}
	*to = v
	return nil
}
