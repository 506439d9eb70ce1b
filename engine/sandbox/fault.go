package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"cpos/engine/pay"
)

// FaultKind names one way in which the service misbehaves on request.
type FaultKind string

// The kinds. Where not said otherwise the request is handled truthfully and the book is right.
const (
	FaultDrop         FaultKind = "drop"          // the request is lost: not handled, the connection breaks
	FaultLose         FaultKind = "lose"          // handled, then the connection breaks without an answer
	FaultHang         FaultKind = "hang"          // handled, then silence until the caller goes
	FaultDelay        FaultKind = "delay"         // handled only after Delay
	FaultSlow         FaultKind = "slow"          // the answer drips out over Delay
	FaultCut          FaultKind = "cut"           // half of the document arrives
	FaultForge        FaultKind = "forge"         // the authentication code is wrong
	FaultHTTP         FaultKind = "http"          // HTTP status Code with a page that is no JSON; 502 if not set
	FaultInternal     FaultKind = "internal"      // handled, answered with status 3
	FaultBusy         FaultKind = "busy"          // not handled, answered with status 103
	FaultAmount       FaultKind = "amount"        // signed answer with the amount changed by Amount, 0.01 if not set
	FaultNumber       FaultKind = "number"        // signed answer that speaks of another order
	FaultCurrency     FaultKind = "currency"      // signed answer in another currency
	FaultMerchant     FaultKind = "merchant"      // signed answer for another store
	FaultDevice       FaultKind = "device"        // list: the first order is told of another terminal
	FaultShift        FaultKind = "shift"         // list: a row came in front between two pages
	FaultDuplicate    FaultKind = "duplicate"     // list: one row stands twice
	FaultForeign      FaultKind = "foreign"       // at once: an order no till made, on Shop and Device
	FaultRefundFails  FaultKind = "refund-fails"  // an accepted refund ends as failed
	FaultRefundManual FaultKind = "refund-manual" // an accepted WeChat refund ends as "pay by hand"
)

// FaultKinds lists them, for a help text.
func FaultKinds() []FaultKind {
	return []FaultKind{
		FaultDrop, FaultLose, FaultHang, FaultDelay, FaultSlow, FaultCut, FaultForge, FaultHTTP, FaultInternal,
		FaultBusy, FaultAmount, FaultNumber, FaultCurrency, FaultMerchant, FaultDevice, FaultShift, FaultDuplicate,
		FaultForeign, FaultRefundFails, FaultRefundManual,
	}
}

// Always as a Fault's Count keeps it until Clear.
const Always = -1

// Fault is one misbehaviour, armed for the next Count requests that it can act on.
type Fault struct {
	Kind      FaultKind     `json:"kind"`
	Interface string        `json:"interface,omitempty"` // empty means every interface the kind can act on
	Count     int           `json:"count,omitempty"`     // 0 means 1; Always means until Clear
	Delay     time.Duration `json:"-"`
	Amount    pay.Money     `json:"amount,omitempty"`
	Code      int           `json:"code,omitempty"`
	Shop      string        `json:"shop,omitempty"`   // foreign: empty means the first store
	Device    string        `json:"device,omitempty"` // foreign: empty means its first terminal
}

// ErrFault says that a fault cannot be armed.
var ErrFault = errors.New("unknown fault")

type faultAlias Fault

type faultWire struct {
	faultAlias
	Delay string `json:"delay,omitempty"` // "1.5s"
}

// MarshalJSON writes the delay as a text with its unit.
func (f Fault) MarshalJSON() ([]byte, error) {
	w := faultWire{faultAlias: faultAlias(f)}
	if f.Delay != 0 {
		w.Delay = f.Delay.String()
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads the form of MarshalJSON.
func (f *Fault) UnmarshalJSON(b []byte) error {
	var w faultWire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*f = Fault(w.faultAlias)
	if w.Delay == "" {
		return nil
	}
	d, err := time.ParseDuration(w.Delay)
	f.Delay = d
	return err
}

// Inject arms a fault; a foreign order is made at once.
func (s *Server) Inject(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Kind == FaultForeign {
		return s.addForeign(f)
	}
	if f.Count == 0 {
		f.Count = 1
	}
	s.faults = append(s.faults, f)
	return nil
}

func (f Fault) check() error {
	known := f.Interface == "" || f.Interface == "ping" ||
		slices.ContainsFunc(interfaces(), func(i interfaceOf) bool { return i.name == f.Interface })
	switch {
	case !slices.Contains(FaultKinds(), f.Kind):
		return fmt.Errorf("fault %q: %w", f.Kind, ErrFault)
	case !known || (f.Interface != "" && f.Kind != FaultForeign && !f.Kind.actsOn(f.Interface)):
		return fmt.Errorf("fault %q on interface %q: %w", f.Kind, f.Interface, ErrFault)
	case (f.Kind == FaultDelay || f.Kind == FaultSlow) && f.Delay <= 0:
		return fmt.Errorf("fault %q without a delay: %w", f.Kind, ErrFault)
	case f.Code != 0 && (f.Code < 200 || f.Code > 599):
		return fmt.Errorf("fault %q with http status %d: %w", f.Kind, f.Code, ErrFault)
	case f.Count < Always:
		return fmt.Errorf("fault %q %d times: %w", f.Kind, f.Count, ErrFault)
	}
	return nil
}

// Clear disarms all faults. Foreign orders stay in the book.
func (s *Server) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Faults lists what is armed, with the counts that remain.
func (s *Server) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// actsOn says whether a kind can do anything to an interface, so that it is not used up in vain.
func (k FaultKind) actsOn(name string) bool {
	switch k {
	case FaultShift, FaultDuplicate, FaultDevice:
		return name == "client_order_detail"
	case FaultRefundFails, FaultRefundManual:
		return name == "refund"
	case FaultAmount, FaultCurrency:
		return slices.Contains([]string{"micro_pay", "query_order", "client_order_detail", "refund", "query_refund_order"}, name)
	case FaultNumber, FaultMerchant:
		return slices.Contains([]string{"micro_pay", "query_order", "refund", "query_refund_order"}, name)
	case FaultDrop, FaultDelay:
		return true
	}
	return name != "ping"
}

// active is the faults that were taken for one request.
type active []Fault

// takeFaults uses up one of each fault meant for the interface, at most one of a kind.
func (s *Server) takeFaults(name string) active {
	var taken active
	var kept []Fault
	for _, f := range s.faults {
		if f.Kind.actsOn(name) && (f.Interface == "" || f.Interface == name) && !taken.has(f.Kind) {
			taken = append(taken, f)
			if f.Count != Always {
				f.Count--
			}
		}
		if f.Count != 0 {
			kept = append(kept, f)
		}
	}
	s.faults = kept
	return taken
}

func (a active) find(k FaultKind) (Fault, bool) {
	i := slices.IndexFunc(a, func(f Fault) bool { return f.Kind == k })
	if i < 0 {
		return Fault{}, false
	}
	return a[i], true
}

func (a active) has(k FaultKind) bool { _, ok := a.find(k); return ok }

func (a active) refundEnding(t pay.Tender) pay.RefundStatus {
	switch {
	case a.has(FaultRefundFails):
		return pay.RefundFailed
	case a.has(FaultRefundManual) && t == pay.WeChat:
		return pay.RefundManual
	}
	return pay.RefundDone
}

// before is what happens to a request before it is handled; false means that it never is.
func (s *Server) before(ctx context.Context, a active) bool {
	slow, _ := a.find(FaultDelay)
	return wait(ctx, s.cfg.Latency+slow.Delay) && !a.has(FaultDrop)
}

// addForeign writes an order into the book as another machine with this store and terminal would have.
func (s *Server) addForeign(f Fault) error {
	shop := s.cfg.Shops[0]
	if f.Shop != "" {
		shop, _ = s.cfg.shop(f.Shop)
	}
	if f.Device == "" && len(shop.Devices) > 0 {
		f.Device = shop.Devices[0].ID
	}
	if _, known := shop.device(f.Device); !known {
		return fmt.Errorf("foreign order on shop %q device %q: %w", f.Shop, f.Device, ErrFault)
	}
	if f.Amount <= 0 {
		f.Amount = 100
	}
	now := s.cfg.Now()
	trade := s.book.nextTrade(now)
	number := fmt.Sprintf("%sFOREIGN%06d", s.cfg.Prefix, s.book.Trades)
	s.book.addOrder(&Order{
		Number: number, Shop: shop.ID, Device: f.Device, Machine: "foreign", Tender: pay.WeChat,
		Amount: f.Amount, Cash: f.Amount, State: StatePaid, Trade: trade, Foreign: true,
		CodeSum: codeSum(number), At: now, PaidAt: now, Changed: now,
	})
	if s.cfg.File == "" {
		return nil
	}
	return s.book.save(s.cfg.File)
}

// send writes an answer the way its trick and the faults want it.
func (s *Server) send(w http.ResponseWriter, r *http.Request, i interfaceOf, fs active, a answer, logID uint64) {
	if a.trick == silence || fs.has(FaultLose) {
		hangUp()
	}
	if fs.has(FaultHang) {
		<-r.Context().Done()
		hangUp()
	}
	if page, ok := fs.find(FaultHTTP); ok || a.trick == badGateway {
		status := http.StatusBadGateway
		if page.Code != 0 {
			status = page.Code
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprint(w, htmlPage(status))
		return
	}
	body := s.document(i, fs, a, logID)
	if a.trick == cut || fs.has(FaultCut) {
		body = half(body)
	}
	w.Header().Set("Content-Type", "application/json")
	if slow, ok := fs.find(FaultSlow); ok {
		drip(w, r, body, slow.Delay)
		return
	}
	w.Write(body)
}

// document seals the answer, after whatever lies it is to tell under a good seal.
func (s *Server) document(i interfaceOf, fs active, a answer, logID uint64) []byte {
	h := head{Description: "操作成功。", LogID: logID}
	object := a.object
	if a.refusal != nil {
		h.Status, h.Internal, h.Description = a.refusal.status, a.refusal.internal, a.refusal.text
		object = nil
	}
	if object == nil {
		object = map[string]any{}
	}
	lie(object, fs, a.trick)
	key := s.cfg.AuthKey
	if a.trick == forged || fs.has(FaultForge) {
		key = "not " + key
	}
	return s.seal(h, i.object, object, key)
}

const drips = 16

// drip sends body in small parts over d.
func drip(w http.ResponseWriter, r *http.Request, body []byte, d time.Duration) {
	out := http.NewResponseController(w)
	for part := range slices.Chunk(body, len(body)/drips+1) {
		if !wait(r.Context(), d/drips) {
			return
		}
		w.Write(part)
		out.Flush()
	}
}
