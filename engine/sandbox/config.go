package sandbox

import (
	_ "embed"
	"errors"
	"log/slog"
	"time"
)

// Config describes one merchant and how its practice service behaves.
type Config struct {
	Merchant    string // out_mch_id, the service provider
	SubMerchant string // out_sub_mch_id
	Prefix      string // cloud_cashier_id: every order and refund number begins with it
	Shops       []Shop

	AuthKey   string // the text that keys the HMAC of both directions
	PublicKey string // PEM of the till's signature key; empty means that no signature is accepted

	QueriesToPay int           // scenarios 01 and 02: queries until the customer has decided; 0 means 2
	Transforming time.Duration // scenario 12: how long is_transforming stays true; 0 means 5 s
	RefundAfter  time.Duration // from accepted to refunded; 0 means 2 s
	Latency      time.Duration // added before every answer

	// Password, when set, says of an order of scenarios 01 and 02 how long after the request its customer
	// decides, in place of QueriesToPay.
	Password func(Order) time.Duration

	// WeChatCodes and AlipayCodes are the leading digits of the two platforms' payment codes; nil means the
	// published ones, 10 to 15 and 25 to 30.
	WeChatCodes, AlipayCodes []string

	// FirstGeneration makes the service number Alipay's states as the reference of 2017 does.
	FirstGeneration bool

	File string           // where the book is kept over a restart; empty means nowhere
	Now  func() time.Time // nil means time.Now
	Log  *slog.Logger     // nil means silence; never told a payment code or a key
}

// Shop is one store of the merchant.
type Shop struct {
	ID      string // out_shop_id, unique in the service
	Number  string // shop_id, the merchant's own number
	Name    string
	Devices []Device
	Staff   []Staff
}

// DeviceType is what a terminal is registered for.
type DeviceType int

// The device types of the shop query.
const (
	TakesCodes DeviceType = 1 // payment by scanned code
	ShowsCodes DeviceType = 2
	DoesBoth   DeviceType = 3
	FixedCode  DeviceType = 4
)

// Device is one terminal of a store.
type Device struct {
	ID   string
	Name string
	Type DeviceType
}

// Staff is one clerk of a store.
type Staff struct {
	ID      string
	Name    string
	Manager bool
}

// ErrConfig says that a configuration cannot make a service.
var ErrConfig = errors.New("sandbox configuration is incomplete")

const (
	defaultQueriesToPay = 2
	defaultTransforming = 5 * time.Second
	defaultRefundAfter  = 2 * time.Second
)

// Keys is what a till needs to speak to a sandbox that was configured with the same keys.
type Keys struct {
	AuthKey    string
	PrivateKey string // PEM, PKCS#8
	PublicKey  string // PEM
}

// PracticeAuthKey protects nothing: everybody has it. It begins with PRACTICE so that it is recognised
// wherever it is found.
const PracticeAuthKey = "PRACTICE-ONLY-authen-key-0000001"

//go:embed practice_private_key.pem
var practicePrivateKey string

//go:embed practice_public_key.pem
var practicePublicKey string

// PracticeKeys gives the published practice keys. No real service knows them.
func PracticeKeys() Keys {
	return Keys{AuthKey: PracticeAuthKey, PrivateKey: practicePrivateKey, PublicKey: practicePublicKey}
}

// The practice merchant of Practice.
const (
	PracticeMerchant    = "practicemch000000001"
	PracticeSubMerchant = "practicesub000000001"
	PracticePrefix      = "01000826"
	PracticeShop        = "practiceshop00000001"
	PracticeDevice      = "01"
	PracticeStaff       = "1001"
)

// Practice gives a ready merchant with the practice keys: one store, three terminals (01 and 02 take
// codes, 09 only shows them) and three clerks (1001, 1002, and 1009 who is the manager).
func Practice() Config {
	return Config{
		Merchant:    PracticeMerchant,
		SubMerchant: PracticeSubMerchant,
		Prefix:      PracticePrefix,
		Shops: []Shop{{
			ID: PracticeShop, Number: "001", Name: "练习门店",
			Devices: []Device{
				{ID: PracticeDevice, Name: "一号收银台", Type: TakesCodes},
				{ID: "02", Name: "二号收银台", Type: DoesBoth},
				{ID: "09", Name: "台卡", Type: ShowsCodes},
			},
			Staff: []Staff{
				{ID: PracticeStaff, Name: "小林"},
				{ID: "1002", Name: "小周"},
				{ID: "1009", Name: "店长", Manager: true},
			},
		}},
		AuthKey:   PracticeAuthKey,
		PublicKey: practicePublicKey,
	}
}

func (c Config) withDefaults() Config {
	if c.QueriesToPay == 0 {
		c.QueriesToPay = defaultQueriesToPay
	}
	if c.Transforming == 0 {
		c.Transforming = defaultTransforming
	}
	if c.RefundAfter == 0 {
		c.RefundAfter = defaultRefundAfter
	}
	if c.WeChatCodes == nil {
		c.WeChatCodes = []string{"10", "11", "12", "13", "14", "15"}
	}
	if c.AlipayCodes == nil {
		c.AlipayCodes = []string{"25", "26", "27", "28", "29", "30"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) shop(id string) (Shop, bool) {
	for _, s := range c.Shops {
		if s.ID == id {
			return s, true
		}
	}
	return Shop{}, false
}

func (s Shop) device(id string) (Device, bool) {
	for _, d := range s.Devices {
		if d.ID == id {
			return d, true
		}
	}
	return Device{}, false
}

func (s Shop) clerk(id string) (Staff, bool) {
	for _, p := range s.Staff {
		if p.ID == id {
			return p, true
		}
	}
	return Staff{}, false
}
