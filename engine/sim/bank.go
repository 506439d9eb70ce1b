package sim

import (
	"bytes"
	"net/http"
	"time"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
)

// bank is the payment service: the practice service's handler, without a network in front of it.
type bank struct {
	w      *world
	server *sandbox.Server
	asked  map[string]bool // numbers that were queried before their payment arrived
	came   map[string]bool // numbers whose payment arrived
	last   map[string]reply
}

// reply is an answer as it leaves the bank.
type reply struct {
	status int
	body   []byte
	header http.Header
	lost   bool // the handler hung up
}

const practiceAddress = "http://127.0.0.1" + sandbox.BasePath

// expires is how long a payment platform keeps a password page open.
const expires = 6 * time.Minute

func newBank(w *world) *bank {
	b := &bank{w: w, asked: map[string]bool{}, came: map[string]bool{}, last: map[string]reply{}}
	c := sandbox.Practice()
	c.PublicKey = ""
	c.Now = func() time.Time { return w.dawn.Add(w.now) }
	c.Password = b.password
	c.RefundAfter = w.between(time.Second, time.Minute)
	server, err := sandbox.New(c)
	if err != nil {
		panic(err)
	}
	b.server = server
	return b
}

// password is how long a customer takes, drawn when the page opens.
func (b *bank) password(o sandbox.Order) time.Duration {
	switch {
	case o.Scenario == sandbox.PasswordPaid && b.w.strikes(PasswordAtEnd):
		return pollFor + b.w.plan.landing
	case b.w.strikes(PasswordNever):
		return expires
	}
	return b.w.between(0, 60*time.Second)
}

// handle lets the bank have one request.
func (b *bank) handle(call string, body []byte, lies ...sandbox.Fault) (back reply) {
	for _, l := range lies {
		if err := b.server.Inject(l); err != nil {
			panic(err)
		}
	}
	r, err := http.NewRequest(http.MethodPost, practiceAddress+call, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	paper := &recorder{header: http.Header{}, status: http.StatusOK}
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			back = reply{lost: true}
		}
	}()
	b.server.ServeHTTP(paper, r)
	return reply{status: paper.status, body: paper.body.Bytes(), header: paper.header}
}

// recorder is the little of an http.ResponseWriter that the bank needs.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// numberIn finds the order number that a document speaks of first.
func numberIn(body []byte) string {
	const member = `out_trade_no\":\"`
	_, rest, ok := bytes.Cut(body, []byte(member))
	if !ok {
		return ""
	}
	number, _, _ := bytes.Cut(rest, []byte(`\"`))
	return string(number)
}

// codeOf makes a payment code that nobody had before and whose ending chooses the scenario.
func (w *world) codeOf(t pay.Tender, s sandbox.Scenario) pay.Code {
	w.sum.codes++
	digits := digits16(w.sum.codes)
	prefix := "13"
	if t == pay.Alipay {
		prefix = "28"
	}
	return rules.Classify(prefix + digits[:14] + s.String())
}

var rules = pay.DefaultCodeRules()

// digits16 spreads a counter, so that codes differ in every place.
func digits16(n uint64) string {
	n = n * 6364136223846793005 % 1e14
	s := make([]byte, 14)
	for i := len(s) - 1; i >= 0; i-- {
		s[i] = byte('0' + n%10)
		n /= 10
	}
	return string(s)
}

// speaksOf says whether an answer tells of an order or a refund at all.
func (r reply) speaksOf() bool {
	return bytes.Contains(r.body, []byte(`order_content\":`)) && !bytes.Contains(r.body, []byte(`order_content\":[]`))
}
