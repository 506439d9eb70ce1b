package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"cpos/engine/face"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

// The desk is how other commands speak to a running engine: one JSON document per line over a socket in
// the data folder that only the same user may open. It says what the payment window shows and takes what
// the cashier may want; a payment code goes in and never comes out again, but masked.

// deskDo is what is asked of the engine.
type deskDo string

const (
	deskView     deskDo = "view"     // what is shown now, and how the engine is
	deskWatch    deskDo = "watch"    // the same, again with every change
	deskIntend   deskDo = "intend"   // Intent, Amount, Text: as if done in the payment window
	deskPay      deskDo = "pay"      // Amount, Text (the code), Order (empty: the next number), Serial, Remark, NoWait
	deskResolve  deskDo = "resolve"  // Order: asks the service about it now
	deskEvidence deskDo = "evidence" // Order, Text (transaction), Who, Reason: a person has seen the payment
	deskRefund   deskDo = "refund"   // Order, Amount (0: all that is left), Reason, Approver
	deskRelease  deskDo = "release"  // Who, Reason: opens the halt latch
	deskShift    deskDo = "shift"    // Text ("open" or "close"), Who (the clerk), Cash (what was counted, if it was)
	deskPlay     deskDo = "play"     // Macro: presses what a hook says, and tells everything that it sends
	deskStop     deskDo = "stop"     // ends the engine
)

// deskAsk is one request.
type deskAsk struct {
	Do       deskDo     `json:"do"`
	Intent   deskIntent `json:"intent,omitempty"`
	Turn     uint64     `json:"turn,omitempty"` // 0 means the sale that is shown
	Amount   pay.Money  `json:"amount,omitempty"`
	Text     string     `json:"text,omitempty"`
	Order    string     `json:"order,omitempty"`
	Serial   string     `json:"serial,omitempty"`
	Remark   string     `json:"remark,omitempty"`
	NoWait   bool       `json:"no_wait,omitempty"`
	Again    bool       `json:"again,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	Approver string     `json:"approver,omitempty"`
	Who      string     `json:"who,omitempty"`
	Cash     *pay.Money `json:"cash,omitempty"`
	Macro    *macroAsk  `json:"macro,omitempty"`
}

// deskIntent names a wish.
type deskIntent string

const (
	wishConfirm deskIntent = "confirm"
	wishCancel  deskIntent = "cancel"
	wishAmount  deskIntent = "amount"
	wishCode    deskIntent = "code"
	wishRemark  deskIntent = "remark"
	wishResume  deskIntent = "resume"
	wishClerk   deskIntent = "clerk"
)

// wishes turns names into the kinds of the face room.
var wishes = map[deskIntent]face.IntentKind{
	wishConfirm: face.Confirm, wishCancel: face.Cancel, wishAmount: face.SetAmount,
	wishCode: face.SetCode, wishRemark: face.SetRemark, wishResume: face.Resume, wishClerk: face.SetClerk,
}

// deskSay is one answer.
type deskSay struct {
	Fault  *deskFault    `json:"fault,omitempty"`
	View   *deskFace     `json:"view,omitempty"`
	Engine *deskEngine   `json:"engine,omitempty"`
	Pay    *deskPayment  `json:"pay,omitempty"`
	Refund *deskGiveback `json:"refund,omitempty"`
	Shift  uint64        `json:"shift,omitempty"`
	Sent   *sentJSON     `json:"sent,omitempty"`
	Played *deskPlayed   `json:"played,omitempty"`
}

// deskPlayed is the end of a plan: the step at which it stopped, 0 where it did not.
type deskPlayed struct {
	Step int    `json:"step,omitempty"`
	Sent int    `json:"sent,omitempty"`
	Why  string `json:"why,omitempty"` // the key of a sentence
	// UntilStep and UntilSent say up to where keys are in doubt, where more than one is.
	UntilStep int `json:"until_step,omitempty"`
	UntilSent int `json:"until_sent,omitempty"`
}

// deskFault is an error on its way to another process: the sentences are in the engine's language.
type deskFault struct {
	Exit int    `json:"exit"`
	What string `json:"what"`
	Hint string `json:"hint,omitempty"`
}

// Error gives the sentence.
func (f *deskFault) Error() string { return f.What }

// deskFace is a face.View as JSON. What was read off the screen is left out: it is a picture.
type deskFace struct {
	Turn      uint64     `json:"turn"`
	Mood      string     `json:"mood"`
	Amount    pay.Money  `json:"amount"`
	Suggested bool       `json:"suggested,omitempty"`
	Code      string     `json:"code,omitempty"` // masked
	Tender    pay.Tender `json:"tender"`
	Note      *deskText  `json:"note,omitempty"`
	Step      *deskText  `json:"step,omitempty"`
	Order     string     `json:"order,omitempty"`
	Serial    string     `json:"serial,omitempty"`
	Remark    string     `json:"remark,omitempty"`
	LeftMS    int64      `json:"left_ms,omitempty"`
	Banner    string     `json:"banner,omitempty"`
	Resumes   bool       `json:"resumes,omitempty"`
}

// deskText is a sentence with the key that programs go by.
type deskText struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// deskEngine is how the engine is.
type deskEngine struct {
	PID      int       `json:"pid"`
	Version  string    `json:"version"`
	Till     string    `json:"till"`
	Since    time.Time `json:"since"`
	Open     bool      `json:"open"`     // sales are taken
	Listens  bool      `json:"listens"`  // to the keyboard for what the window shows, and to the scanner
	Window   bool      `json:"window"`   // there is a payment window
	Reads    bool      `json:"reads"`    // amounts are read off the screen
	Prints   bool      `json:"prints"`   // there is a printer
	Covers   bool      `json:"covers"`   // the payment window lies over a region
	Troubles []string  `json:"troubles"` // what is missing, as sentences
	Taken    []string  `json:"taken"`    // hot-keys that other programs own
	// Skew is how far the service's clock is ahead of this machine's, where that is more than normal.
	Skew time.Duration `json:"clock_skew_ns,omitempty"`
}

// deskGiveback is a refund as the book has it after it was sent.
type deskGiveback struct {
	Refund string           `json:"refund"`
	Order  string           `json:"order"`
	Amount pay.Money        `json:"amount"`
	Status pay.RefundStatus `json:"status"`
}

func newDeskGiveback(r ledger.RefundRow) *deskGiveback {
	return &deskGiveback{Refund: r.Refund.ID, Order: r.Refund.Order, Amount: r.Refund.Amount, Status: r.Outcome.Status}
}

// deskPayment is a payment on its way. The first one only names the order, before anything is written or
// sent; the ones after it tell what the service says; the last one says that the book knows the rest.
type deskPayment struct {
	Order  string     `json:"order"`
	Status pay.Status `json:"status"`
	Why    pay.Why    `json:"why,omitempty"`
	Done   bool       `json:"done,omitempty"`
}

func newDeskFace(v face.View, lang words.Lang) *deskFace {
	return &deskFace{
		Turn: v.Turn, Mood: v.Mood.String(), Amount: v.Amount, Suggested: v.Suggested, Code: v.Code, Tender: v.Tender,
		Note: newDeskText(v.Note, lang), Step: newDeskText(v.Step, lang), Order: v.Order, Serial: v.Serial,
		Remark: v.Remark, LeftMS: v.Left.Milliseconds(), Banner: words.Say(lang, v.Banner), Resumes: v.Resumes,
	}
}

func newDeskText(t words.Text, lang words.Lang) *deskText {
	if t.IsZero() {
		return nil
	}
	return &deskText{Key: t.Key, Text: words.Say(lang, t)}
}

// errNoEngine says that no engine answers at a data folder.
var errNoEngine = errors.New("no engine is running")

// longestSocket is what every system takes as the path of a socket, in bytes.
const longestSocket = 100

// deskPath gives the place of the socket for a data folder. Where that path is too long for a socket it
// lies in the user's cache folder, under a name made of the data folder's.
func deskPath(data string) (string, error) {
	full, err := filepath.Abs(data)
	if err != nil {
		return "", fmt.Errorf("find desk: %w", err)
	}
	if path := filepath.Join(full, "desk.sock"); len(path) <= longestSocket {
		return path, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find desk: %w", err)
	}
	sum := sha256.Sum256([]byte(full))
	return filepath.Join(cache, "cpos", hex.EncodeToString(sum[:8])+".sock"), nil
}

// deskClient is a conversation with a running engine. It serves one goroutine.
type deskClient struct {
	conn net.Conn
	in   *json.Decoder
}

// dialDesk reaches the engine of a data folder; errNoEngine where none runs.
func dialDesk(ctx context.Context, data string) (*deskClient, error) {
	path, err := deskPath(data)
	if err != nil {
		return nil, err
	}
	conn, err := reachSocket(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoEngine, err)
	}
	return &deskClient{conn: conn, in: json.NewDecoder(bufio.NewReader(conn))}, nil
}

// Close ends the conversation.
func (c *deskClient) Close() { _ = c.conn.Close() } // nothing is buffered

// ask sends a request and gives the answer; an engine that refuses is a *deskFault.
func (c *deskClient) ask(ctx context.Context, a deskAsk) (deskSay, error) {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	line, err := json.Marshal(a)
	if err != nil {
		return deskSay{}, err
	}
	if err := c.say(line); err != nil {
		return deskSay{}, err
	}
	answer, err := c.next()
	if err != nil && answer.Fault == nil && ctx.Err() != nil {
		err = fmt.Errorf("hear the engine: %w", ctx.Err()) // the deadline was ours
	}
	return answer, err
}

// say writes one request. Where that fails nothing was asked: half a request is none.
func (c *deskClient) say(line []byte) error {
	if _, err := c.conn.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("ask the engine: %w: %w", pay.ErrNotSent, err)
	}
	return nil
}

// lastWord is how long an engine that was hung up on may take to say what is known: longer than a call in
// flight lives on.
const lastWord = 15 * time.Second

// pay asks for a payment and tells each answer. The end of ctx hangs up on our side only: the engine
// then stops waiting, as a command of its own would, and still says what is known.
func (c *deskClient) pay(ctx context.Context, a deskAsk, told func(deskPayment)) error {
	stop := context.AfterFunc(ctx, func() {
		if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite() // where it is gone already there is nobody to tell
		}
		_ = c.conn.SetReadDeadline(time.Now().Add(lastWord))
	})
	defer stop()
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if err := c.say(line); err != nil {
		return err
	}
	for {
		say, err := c.next()
		switch {
		case err != nil:
			return err
		case say.Pay == nil:
			return fmt.Errorf("hear the engine: %w", errAsk)
		}
		told(*say.Pay)
		if say.Pay.Done {
			return nil
		}
	}
}

// next gives one more answer to watch.
func (c *deskClient) next() (deskSay, error) {
	var s deskSay
	if err := c.in.Decode(&s); err != nil {
		return deskSay{}, fmt.Errorf("hear the engine: %w", err)
	}
	if s.Fault != nil {
		return s, s.Fault
	}
	return s, nil
}

// askDesk asks one thing of the engine of a data folder.
func askDesk(ctx context.Context, data string, a deskAsk) (deskSay, error) {
	c, err := dialDesk(ctx, data)
	if err != nil {
		return deskSay{}, err
	}
	defer c.Close()
	return c.ask(ctx, a)
}
