package sandbox

import "strconv"

// Scenario is the ending of a payment code: its last two digits choose what happens to the payment.
// Whatever is not listed is paid at once.
type Scenario uint8

// The scenarios. "First" means the answers to micro_pay; a later query always tells the truth.
const (
	PaidAtOnce      Scenario = 0
	PasswordPaid    Scenario = 1  // the customer types a password, then it is paid
	PasswordStopped Scenario = 2  // the customer closes the password page
	PayError        Scenario = 3  // the platform cannot pay
	UnknownPaid     Scenario = 4  // first status 3; paid
	BusyPaid        Scenario = 5  // first status 103; paid
	SilentPaid      Scenario = 6  // the connection breaks without an answer; paid
	SilentNothing   Scenario = 7  // the connection breaks without an answer; never created
	ForgedPaid      Scenario = 8  // first answer true in content and wrong in authen_code; paid
	NewNumber       Scenario = 9  // status 102; never created
	Reentry         Scenario = 10 // status 104 with internal_status 407; never created
	NoBalance       Scenario = 11 // status 104, balance too low
	Transforming    Scenario = 12 // paid, but is_transforming for a while
	CutPaid         Scenario = 13 // first answer is half a document; paid
	BadGatewayPaid  Scenario = 14 // first HTTP 502; paid
	OtherNumber     Scenario = 15 // first answer speaks of another order; paid
	CouponPaid      Scenario = 16 // paid with a coupon: cash_fee is lower than total_fee
	lastScenario             = CouponPaid
)

// Scenarios lists all of them in order, for a help text.
func Scenarios() []Scenario {
	all := make([]Scenario, 0, lastScenario+1)
	for s := PaidAtOnce; s <= lastScenario; s++ {
		all = append(all, s)
	}
	return all
}

// String gives the two digits.
func (s Scenario) String() string {
	if s < 10 {
		return "0" + strconv.Itoa(int(s))
	}
	return strconv.Itoa(int(s))
}

func scenarioOf(code string) Scenario {
	n, err := strconv.Atoi(code[max(0, len(code)-2):])
	if err != nil || n > int(lastScenario) {
		return PaidAtOnce
	}
	return Scenario(n)
}

// trick is what happens to a finished answer on its way out.
type trick uint8

const (
	plain       trick = iota
	silence           // close the connection
	forged            // sign with another key
	cut               // send the first half
	badGateway        // an HTML page from something in between
	otherNumber       // speak of another order, correctly signed
)

// firstAnswer says how the truth is told to the till that pays. The order is in the book already.
func (s Scenario) firstAnswer() (*refusal, trick) {
	switch s {
	case UnknownPaid:
		return &refusal{status: statusInternal, text: "系统内部错误."}, plain
	case BusyPaid:
		return &refusal{status: statusBusy, text: "系统繁忙，请稍后再试."}, plain
	case SilentPaid:
		return nil, silence
	case ForgedPaid:
		return nil, forged
	case CutPaid:
		return nil, cut
	case BadGatewayPaid:
		return nil, badGateway
	case OtherNumber:
		return nil, otherNumber
	}
	return nil, plain
}

// noOrder says how a payment ends that never comes into the book.
func (s Scenario) noOrder() (*refusal, trick, bool) {
	switch s {
	case SilentNothing:
		return nil, silence, true
	case NewNumber:
		return &refusal{status: statusNewNumber, text: "订单号重复，请更换订单号."}, plain, true
	case Reentry:
		return reentry(), plain, true
	}
	return nil, plain, false
}

// start is the state a new order has.
func (s Scenario) start() State {
	switch s {
	case PasswordPaid, PasswordStopped:
		return StatePaying
	case PayError, NoBalance:
		return StateFailed
	}
	return StatePaid
}

func reentry() *refusal {
	return &refusal{statusFailed, internalReentry, "订单号已存在，且订单信息不一致."}
}
