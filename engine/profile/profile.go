// Package profile owns the typed profile of a till: its layers (product, provider, store, device,
// environment, CPOS_ variables, flags), strict decoding, and the rules that no type can say.
//
// It promises that every problem is reported at once with file, line and column, that a key which is not
// in these types is refused, and that each value can say which line set it and what that line overrode.
// It opens no device and reads no secret: a secret stands here as a reference only.
package profile

import (
	"io/fs"
	"time"

	"cpos/engine/keys"
	"cpos/engine/pay"
	"cpos/engine/receipt"
)

// Profile is everything that is decided for one till. Keys are written as in the yaml tags; range gives
// the smallest and largest value, enum the allowed words, need marks keys that some layer must set.
type Profile struct {
	Mode      string            `yaml:"mode" enum:"plugin"`
	Match     Match             `yaml:"match"`
	PosKeys   []keys.Chord      `yaml:"pos_keys"` // what the POS itself listens to
	Screens   []Screen          `yaml:"screens"`
	Screen    string            `yaml:"screen"` // id of the screen this till has; may stay empty when there is one
	Amount    Amount            `yaml:"amount"`
	Serial    Serial            `yaml:"serial"`
	Trigger   Trigger           `yaml:"trigger"`
	Script    string            `yaml:"script"` // file below the script root; empty means no hooks
	Payment   Payment           `yaml:"payment"`
	Refund    Refund            `yaml:"refund"`
	Reconcile Reconcile         `yaml:"reconcile"`
	Receipt   Receipt           `yaml:"receipt"`
	Printer   Printer           `yaml:"printer"`
	Hotkeys   Hotkeys           `yaml:"hotkeys"`
	Scanner   Scanner           `yaml:"scanner"`
	Display   DisplayPort       `yaml:"display"`
	Print     PrintStream       `yaml:"print_stream"`
	Privacy   Privacy           `yaml:"privacy"`
	Merchant  Merchant          `yaml:"merchant"`
	Provider  Provider          `yaml:"provider"`
	DeviceID  string            `yaml:"device_id" need:"yes"` // terminal number inside the store
	Clerk     string            `yaml:"clerk"`                // clerk number inside the store
	Touch     bool              `yaml:"touch"`
	Network   Network           `yaml:"network"`
	Secrets   map[string]Secret `yaml:"secrets"`
	Banner    string            `yaml:"banner"` // shown on every window
	Data      string            `yaml:"data"`   // folder of the book; empty means the system's place for it

	names   names
	origins *origins
	files   fs.FS
}

// Provider says how the service provider's people are known at a till.
type Provider struct {
	// Pass is what their pass phrase is checked against. Empty means that whoever may run cpos may do what is
	// theirs to do.
	Pass PassHash `yaml:"pass"`
}

// Match says how the POS's window is known. Macros refuse to type anywhere else.
type Match struct {
	Exe   string  `yaml:"exe"`
	Title Pattern `yaml:"title"`
	Class string  `yaml:"class"`
}

// Screen is one taught geometry of the POS.
type Screen struct {
	ID      string            `yaml:"id" need:"yes"`
	Size    [2]int            `yaml:"size" need:"yes"` // client area in px at which the regions were taught
	DPI     int               `yaml:"dpi" range:"48..768"`
	Anchor  Anchor            `yaml:"anchor"` // the regions move with it
	Glyphs  string            `yaml:"glyphs"` // folder of this screen's taught signs; empty means amount.ocr.glyphs
	Regions map[string]Region `yaml:"regions" need:"yes"`
}

// Region is a rectangle in px from the top left of the client area.
type Region struct {
	X int `yaml:"x" need:"yes"`
	Y int `yaml:"y" need:"yes"`
	W int `yaml:"w" need:"yes" range:"1..16384"`
	H int `yaml:"h" need:"yes" range:"1..16384"`
}

// Amount says how the amount comes in and what an amount looks like.
type Amount struct {
	Input    string        `yaml:"input" enum:"auto|manual"` // read off the screen, or typed by the cashier
	Prefix   []string      `yaml:"prefix"`                   // what may stand before the amount
	Suffix   []string      `yaml:"suffix"`
	Decimals int           `yaml:"decimals" range:"0..2"` // digits that must be seen after the point
	Min      pay.Money     `yaml:"min" range:"0.01..21474836.47"`
	Max      pay.Money     `yaml:"max" range:"0.01..21474836.47"` // more is never paid without Enter
	Pause    time.Duration `yaml:"pause" range:"60ms..1s"`        // between two looks that must be equal
	// Sources are asked in this order; empty means the screen alone.
	Sources []AmountSource `yaml:"sources"`
	// Agree is how many of them must say the same before payment without Enter.
	Agree int `yaml:"agree" range:"1..4"`
	OCR   OCR `yaml:"ocr"`
}

// Serial says whether the POS's own number of the sale is read.
type Serial struct {
	Capture bool    `yaml:"capture"`
	Form    Pattern `yaml:"form"`
	Remark  bool    `yaml:"remark"` // it becomes the order's remark, unless the cashier types another
}

// Trigger says what opens the payment window.
type Trigger struct {
	Scan                 bool `yaml:"scan"`
	HotkeyCapturesAmount bool `yaml:"hotkey_captures_amount"` // else a hot-key opens it for typing
}

// Payment says how money is taken.
type Payment struct {
	Gateway       Gateway       `yaml:"gateway"`
	Methods       []Method      `yaml:"methods"`
	Confirm       Confirm       `yaml:"confirm"`
	UnlockAfter   int           `yaml:"unlock_after" range:"0..100000"` // amounts confirmed as read before one is paid without Enter; 0 at once
	ResultDisplay time.Duration `yaml:"result_display" range:"0s..60s"`
	Poll          Poll          `yaml:"poll"`
	Aside         time.Duration `yaml:"aside" range:"0s..10m"` // a customer slower than this with the password moves aside; 0s never
	Unknown       Unknown       `yaml:"unknown"`
	Twice         Twice         `yaml:"twice"`
	CodeRules     CodeRules     `yaml:"code_rules"`
}

// Gateway picks and sets the driver of the payment service.
type Gateway struct {
	Driver       string        `yaml:"driver" need:"yes"`
	BaseURL      URL           `yaml:"base_url" need:"yes"`
	RefundAuth   string        `yaml:"refund_auth" enum:"hmac|rsa"`
	Generation   string        `yaml:"generation" enum:"2017|2018"` // of the service's reference; they number states differently
	Reverse      bool          `yaml:"reverse"`                     // whether an unfinished payment may be undone; it moves money
	Body         string        `yaml:"body"`                        // what the customer's bill says; empty means the driver's own
	MachineNo    string        `yaml:"machine_no"`
	PayTimeout   time.Duration `yaml:"pay_timeout" range:"1s..30s"`
	QueryTimeout time.Duration `yaml:"query_timeout" range:"1s..10s"`
}

// Poll says how an unfinished payment is asked about while the customer stands there.
type Poll struct {
	Every time.Duration `yaml:"every" range:"500ms..30s"`
	For   time.Duration `yaml:"for" range:"1s..10m"`
}

// Unknown says how an order is followed whose result stayed unknown.
type Unknown struct {
	Every time.Duration `yaml:"every" range:"5s..1h"`
}

// Twice says when a sale looks like one that was charged before, so that the cashier is asked first.
type Twice struct {
	// Within is how far back the same code, serial number or amount is looked for; 0s looks at open payments only.
	Within time.Duration `yaml:"within" range:"0s..24h"`
}

// CodeRules is the grammar of payment codes; anything else goes back to the POS.
type CodeRules struct {
	WeChat CodeRule `yaml:"wechat"`
	Alipay CodeRule `yaml:"alipay"`
}

// CodeRule is one platform's grammar.
type CodeRule struct {
	Length [2]int   `yaml:"length"` // fewest and most digits
	Prefix []Digits `yaml:"prefix"`
}

// Refund says how money is given back.
type Refund struct {
	Partial bool   `yaml:"partial"`
	Reason  string `yaml:"reason" enum:"required|optional"`
}

// Reconcile says how the book is compared with the service's.
type Reconcile struct {
	Every      time.Duration `yaml:"every" range:"10s..1h"`
	Grace      time.Duration `yaml:"grace" range:"5s..1h"`      // younger lines may still differ
	ClockSkew  time.Duration `yaml:"clock_skew" range:"1s..1h"` // more is reported; it is never a difference
	OnMismatch string        `yaml:"on_mismatch" enum:"freeze|alert"`
}

// Receipt says what slips look like and how many there are.
type Receipt struct {
	Width      Width         `yaml:"width"`
	Columns    int           `yaml:"columns" range:"16..96"` // 0 (unset) means what the width gives
	Copies     Copies        `yaml:"copies"`
	Interval   time.Duration `yaml:"interval" range:"0s..60s"` // to tear the paper between copies
	Margins    Margins       `yaml:"margins"`
	Header     []string      `yaml:"header"`
	Welcome    string        `yaml:"welcome"`
	StaleAfter time.Duration `yaml:"stale_after" range:"1s..24h"` // then the customer has left
}

// Copies counts slips.
type Copies struct {
	Payment int `yaml:"payment" range:"0..5"`
	Refund  int `yaml:"refund" range:"0..5"`
}

// Margins are in lines.
type Margins struct {
	Top    int `yaml:"top" range:"0..20"`
	Bottom int `yaml:"bottom" range:"0..20"`
}

// Printer is the slip printer of one till.
type Printer struct {
	Kind          string           `yaml:"kind" enum:"none|file|network"`
	Port          string           `yaml:"port"`  // a folder, or host:port
	Paper         Width            `yaml:"paper"` // the roll that is in it
	Encoding      string           `yaml:"encoding" enum:"gb18030|gbk"`
	Codes         receipt.CodeMode `yaml:"codes" enum:"raster|native"`
	Cut           receipt.CutMode  `yaml:"cut" enum:"none|full|partial"`
	FeedBeforeCut int              `yaml:"feed_before_cut" range:"0..20"` // lines
}

// Scanner says how the code scanner is heard. Each scanner has one way in: what comes over a serial port or from a
// device of its own is not looked for on the keyboard as well.
type Scanner struct {
	Kind   string     `yaml:"kind" enum:"keyboard|serial|device"` // device: a keyboard that the system tells from others
	Port   string     `yaml:"port"`                               // of serial: COM5, /dev/ttyACM0
	Serial SerialPort `yaml:"serial"`
	Device string     `yaml:"device"` // of device: its file, or a part of its name
	// Exclude are windows before which scans on the keyboard pause, beside those that ask for a password.
	Exclude []Match `yaml:"exclude"`

	// Gap is the longest pause between two of its keys; it is also how late the cashier's own digits reach
	// the POS while scanning is on.
	Gap time.Duration `yaml:"gap" range:"20ms..250ms"`
}

// Hotkeys are the chords that cpos takes from the keyboard; an unset one is not taken.
type Hotkeys struct {
	When          string     `yaml:"when" enum:"always|pos_focused"` // pos_focused: only while the POS is in front or a sale is open
	MainWindow    keys.Chord `yaml:"main_window"`                    // how the till is
	PaymentWindow keys.Chord `yaml:"payment_window"`
	Pay           PayHotkeys `yaml:"pay"`
	TeachAmount   keys.Chord `yaml:"teach_amount"`
	ReLogin       keys.Chord `yaml:"relogin"` // another clerk takes over
}

// PayHotkeys open the payment window for one kind of payment, so that the keys before payment can differ.
type PayHotkeys struct {
	WeChat keys.Chord `yaml:"wechat"`
	Alipay keys.Chord `yaml:"alipay"`
}

// Merchant is the shop as the payment service knows it.
type Merchant struct {
	Provider    string `yaml:"provider" need:"yes"`     // out_mch_id
	SubMerchant string `yaml:"sub_merchant" need:"yes"` // out_sub_mch_id
	Shop        string `yaml:"shop" need:"yes"`         // out_shop_id
	Name        string `yaml:"name"`
	Contact     string `yaml:"contact"` // whom the shop calls when the till stops: a name and a telephone number
	OrderPrefix Number `yaml:"order_prefix" need:"yes"`
}

// Network is the road out of the shop.
type Network struct {
	Proxy Proxy `yaml:"proxy"`
}

// Proxy is the shop's HTTP proxy; without a URL there is none.
type Proxy struct {
	URL      URL    `yaml:"url"`
	User     string `yaml:"user"`
	Password Secret `yaml:"password"`
}

// names are the layers a profile was made of.
type names struct {
	product, title, provider, store, device, env string
}

// ProductName gives the product layer's name, and ProductTitle what people call that POS.
func (p *Profile) ProductName() string { return p.names.product }

// ProductTitle gives what people call the POS.
func (p *Profile) ProductTitle() string { return p.names.title }

// TillName gives "store/device", or the store alone where one file describes the only till.
func (p *Profile) TillName() string {
	if p.names.device == "" {
		return p.names.store
	}
	return p.names.store + "/" + p.names.device
}

// EnvName gives the environment layer's name, empty without one.
func (p *Profile) EnvName() string { return p.names.env }
