package profile_test

import (
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"cpos/engine/profile"
	"cpos/engine/words"
	"cpos/profiles"
)

var update = flag.Bool("update", false, "rewrite golden files")

// files gives the shipped repository with some files replaced: name to changes of "old => new".
func files(t testing.TB, changes ...string) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(profiles.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(profiles.FS, name)
		all[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+2 < len(changes); i += 3 {
		name, old, now := changes[i], changes[i+1], changes[i+2]
		was := string(all[name].Data)
		if strings.Count(was, old) != 1 {
			t.Fatalf("%s holds %q %d times", name, old, strings.Count(was, old))
		}
		all[name] = &fstest.MapFile{Data: []byte(strings.Replace(was, old, now, 1))}
	}
	return all
}

const (
	product  = "products/practice-pos.yaml"
	provider = "providers/practice.yaml"
	store    = "stores/practice/store.yaml"
	till     = "stores/practice/devices/till1.yaml"
	sandbox  = "environments/sandbox.yaml"
)

func source(fsys fs.FS) profile.Source {
	return profile.Source{FS: fsys, Root: "repo", Till: "practice/till1", Env: "sandbox", Drivers: []string{"cloudpay"}}
}

func problems(t *testing.T, err error) []profile.Problem {
	t.Helper()
	var p *profile.Problems
	if !errors.As(err, &p) || !errors.Is(err, profile.ErrProfile) {
		t.Fatalf("got %v, want problems", err)
	}
	for _, one := range p.All {
		for _, text := range []words.Text{one.What, one.Hint} {
			if !text.IsZero() && !words.Known(text.Key) {
				t.Errorf("%s is not in the catalogue", text.Key)
			}
		}
		if strings.ContainsAny(one.In(words.Chinese), "{}") && !strings.Contains(one.In(words.Chinese), "\"{") {
			t.Errorf("a parameter is missing: %s", one.In(words.Chinese))
		}
	}
	return p.All
}

func TestThreeMistakesAreReportedAtOnce(t *testing.T) {
	_, err := profile.Load(source(files(t,
		provider, "result_display: 2s", "result_displya: 2s",
		store, "shop: practiceshop00000001", "shop: practiceshop00000001\n  colour: red",
		till, "kind: file", "kind: fax",
	)))
	want := strings.Join([]string{
		`repo/providers/practice.yaml:11:3: E102: there is no key "payment.result_displya" (did you mean payment.result_display?)`,
		`repo/stores/practice/devices/till1.yaml:9:17: E106: printer.kind cannot be "fax"; it is one of: none, file, network`,
		`repo/stores/practice/store.yaml:10:3: E102: there is no key "merchant.colour" (known here: provider, sub_merchant, shop, name, contact, order_prefix)`,
	}, "\n")
	if got := err.Error(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	problems(t, err)
}

func TestEveryKindOfMistakeHasItsCodeAndLine(t *testing.T) {
	for name, c := range map[string]struct {
		change [3]string
		code   profile.Code
		line   int
		says   string
	}{
		"no YAML at all":              {[3]string{store, "layer: store", "layer: [store"}, profile.BadSyntax, 0, ""},
		"a tab":                       {[3]string{till, "clerk: ", "\tclerk: "}, profile.BadSyntax, 7, ""},
		"a list where keys belong":    {[3]string{till, "printer: {kind: file, port: slips, paper: 58mm, encoding: gb18030, cut: partial}", "printer: [file]"}, profile.WrongForm, 9, "printer"},
		"keys where a value belongs":  {[3]string{till, `clerk: "1001"`, "clerk: {id: 7}"}, profile.WrongForm, 7, "clerk"},
		"a value where a list goes":   {[3]string{provider, "methods: [wechat, alipay]", "methods: wechat"}, profile.WrongForm, 9, "methods"},
		"a size of three":             {[3]string{product, "[900, 680]", "[900, 680, 3]"}, profile.WrongForm, 19, "exactly 2"},
		"a time without its unit":     {[3]string{provider, "result_display: 2s", "result_display: 2"}, profile.BadValue, 11, "unit"},
		"yes for true":                {[3]string{product, "capture: true", "capture: yes"}, profile.BadValue, 54, "true or false"},
		"a third decimal":             {[3]string{product, "decimals: 2", "decimals: 2\n  max: \"1.005\""}, profile.BadValue, 52, "two decimals"},
		"a pass phrase in clear":      {[3]string{provider, "provider: {pass: \"$2a$10$", "provider: {pass: \"rain$10$"}, profile.SecretInText, 21, "bcrypt"},
		"an unknown key name":         {[3]string{provider, "payment_window: grave", "payment_window: grvae"}, profile.BadValue, 22, "grave"},
		"half a pattern":              {[3]string{product, "title: 收款$", "title: '(收款'"}, profile.BadValue, 11, "RE2"},
		"a password in an address":    {[3]string{sandbox, "http://127.0.0.1:5180", "http://me:hush@127.0.0.1:5180"}, profile.BadValue, 7, "address"},
		"another method":              {[3]string{provider, "methods: [wechat, alipay]", "methods: [wechat, card]"}, profile.BadValue, 9, "card"},
		"too many copies":             {[3]string{provider, "copies: {payment: 1", "copies: {payment: 9"}, profile.OutOfRange, 18, "between 0 and 5"},
		"an order prefix too long":    {[3]string{store, `"01000826"`, `"010008260100082601000826"`}, profile.BadValue, 11, "14"},
		"another mode":                {[3]string{product, "mode: plugin", "mode: plug"}, profile.NotOneOf, 7, "plugin"},
		"a key twice":                 {[3]string{till, "screen: standard", "clerk: \"7\""}, profile.KeyTwice, 8, "line 7"},
		"an alias":                    {[3]string{till, `clerk: "1001"`, `clerk: &me "1001"`}, profile.NoAlias, 7, ""},
		"nothing behind a key":        {[3]string{till, `clerk: "1001"`, `clerk:`}, profile.EmptyValue, 7, "clerk"},
		"a secret in clear":           {[3]string{store, "sealed:cloudpay/practice/auth", "hush-hush-0001"}, profile.SecretInText, 14, "secrets.auth_key"},
		"another schema":              {[3]string{till, "cpos/profile/v1", "cpos/profile/v2"}, profile.BadHeader, 2, "schema"},
		"another layer":               {[3]string{till, "layer: device", "layer: store"}, profile.BadHeader, 3, "layer"},
		"another name than the file":  {[3]string{till, "name: till1", "name: till2"}, profile.BadHeader, 4, "till1"},
		"a product that is not there": {[3]string{store, "product: practice-pos", "product: other"}, profile.MissingFile, 1, "products/other.yaml"},
		"a way out of the repository": {[3]string{store, "product: practice-pos", "product: ../../etc"}, profile.BadValue, 5, "../../etc"},
		"uses in a device":            {[3]string{till, "name: till1", "name: till1\nuses: {product: practice-pos}"}, profile.BadHeader, 5, "uses"},
		"an unknown final key":        {[3]string{provider, "  - reconcile.on_mismatch", "  - reconcile.on_mismach"}, profile.UnknownKey, 27, "reconcile.on_mismatch"},
		"a final key changed":         {[3]string{till, "screen: standard", "reconcile: {on_mismatch: alert}"}, profile.FinalChanged, 8, "repo/providers/practice.yaml:27:5"},
		"no device number":            {[3]string{till, `device_id: "01"`, ""}, profile.MissingKey, 1, "device_id"},
		"a key that people type":      {[3]string{provider, "payment_window: grave", "payment_window: shift+a"}, profile.KeyClash, 22, "shift+a"},
		"two of our keys are one":     {[3]string{provider, "payment_window: grave", "payment_window: ctrl+shift+p"}, profile.KeyClash, 22, "ctrl+shift+p"},
		"a sign that people type":     {[3]string{provider, "payment_window: grave", "payment_window: semicolon"}, profile.KeyClash, 22, "people type"},
		"a key of every program":      {[3]string{provider, "payment_window: grave", "payment_window: ctrl+v"}, profile.KeyClash, 22, "every program"},
		"the key to go on":            {[3]string{provider, "payment_window: grave", "payment_window: ctrl+enter"}, profile.KeyClash, 22, "go on"},
		"a key of a kind not taken":   {[3]string{till, "screen: standard", "screen: standard\npayment: {methods: [wechat]}\nhotkeys: {pay: {alipay: f3}}"}, profile.KeyClash, 10, "does not take alipay"},
		"a key for cash":              {[3]string{provider, "payment_window: grave", "pay: {cash: f4}, payment_window: grave"}, profile.UnknownKey, 22, "hotkeys.pay.cash"},
		"a scanner without its port":  {[3]string{till, "screen: standard", "screen: standard\nscanner: {kind: serial}"}, profile.NoPort, 9, "scanner.port"},
		"our key is the POS's":        {[3]string{provider, "payment_window: grave", "payment_window: f12"}, profile.KeyClash, 22, "f12"},
		"a region off the screen":     {[3]string{product, "{x: 628, y: 92, w: 248, h: 68}", "{x: 728, y: 92, w: 248, h: 68}"}, profile.RegionOutside, 22, "amount"},
		"half a region":               {[3]string{product, "{x: 628, y: 92, w: 248, h: 68}", "{x: 628, y: 92, w: 248}"}, profile.MissingKey, 22, "screens[0].regions.amount.h"},
		"no region to read":           {[3]string{product, "      amount: {x: 628, y: 92, w: 248, h: 68}        # 应收合计\n", ""}, profile.NoRegion, 18, "amount"},
		"a screen nobody taught":      {[3]string{till, "screen: standard", "screen: wide"}, profile.NoRegion, 8, "wide"},
		"a slip wider than the paper": {[3]string{provider, "width: 58mm", "width: 80mm"}, profile.TooWide, 17, "58mm"},
		"columns without end":         {[3]string{provider, "width: 58mm", "width: 58mm\n  columns: 90"}, profile.TooWide, 18, "90"},
		"typed and paid by itself":    {[3]string{till, "screen: standard", "amount: {input: manual}\npayment: {confirm: 3s}"}, profile.ManualNoWait, 9, ""},
		"no reference to the key":     {[3]string{store, "  auth_key: sealed:cloudpay/practice/auth\n", ""}, profile.NoSecret, 8, "auth_key"},
		"a driver nobody has":         {[3]string{provider, "driver: cloudpay", "driver: cloudpai"}, profile.UnknownDriver, 8, "cloudpai"},
		"no window to look for":       {[3]string{product, "match:\n  exe: practice-pos\n  title: 收款$\n", ""}, profile.NoWindow, 0, ""},
		"a printer without a port":    {[3]string{till, "kind: file, port: slips", "kind: network"}, profile.NoPort, 9, "network"},
		"least above most":            {[3]string{product, "decimals: 2", "min: \"60.00\"\n  max: \"50.00\""}, profile.BoundsReversed, 52, "amount.max"},
		"asking too rarely":           {[3]string{provider, "{every: 2s, for: 120s}", "{every: 20s, for: 12s}"}, profile.BoundsReversed, 12, "payment.poll.for"},
		"a code of no length":         {[3]string{provider, "unknown: {every: 30s}", "code_rules: {wechat: {length: [18, 17]}}"}, profile.BoundsReversed, 13, "length"},
		"more sources than there are": {[3]string{product, "decimals: 2", "agree: 2"}, profile.TooFewSources, 51, "only 1"},
		"one source counted twice":    {[3]string{product, "decimals: 2", "agree: 2\n  sources: [{kind: ocr}, {kind: ocr}]"}, profile.TooFewSources, 52, "proves nothing"},
		"a display without its port":  {[3]string{product, "decimals: 2", "sources: [{kind: display}]"}, profile.HalfSource, 51, "display.port"},
		"a slip without its port":     {[3]string{product, "decimals: 2", "sources: [{kind: print}]"}, profile.HalfSource, 51, "print_stream.port"},
		"a control without a name":    {[3]string{product, "decimals: 2", "sources: [{kind: window-text}]"}, profile.HalfSource, 51, "control"},
		"a place nobody taught":       {[3]string{product, "decimals: 2", "sources: [{kind: ocr, region: total}]"}, profile.HalfSource, 51, "regions.total"},
		"a kind of source nobody has": {[3]string{product, "decimals: 2", "sources: [{kind: telepathy}]"}, profile.NotOneOf, 51, "window-text"},
		"a display passed to itself":  {[3]string{till, "screen: standard", "display: {port: COM7, forward: COM7}"}, profile.PortTwice, 8, "COM7"},
		"an anchor without a picture": {[3]string{product, "image: practice-pos/anchor-standard.png", "image: a.png"}, profile.BadFile, 27, "a.png"},
		"an anchor off the screen":    {[3]string{product, "x: 12, y: 16, w: 120", "x: 812, y: 16, w: 120"}, profile.RegionOutside, 27, "anchor"},
		"signs that are not there":    {[3]string{product, "glyphs: practice-pos/glyphs-standard", "glyphs: practice-pos/none"}, profile.BadFile, 27, "none"},
		"zoomed out of sight":         {[3]string{product, "decimals: 2", "ocr: {zoom: 5}"}, profile.OutOfRange, 51, "4"},
		"a secret with a bad name":    {[3]string{store, "  sign_key:", "  Sign-Key:"}, profile.BadValue, 15, "Sign-Key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := profile.Load(source(files(t, c.change[:]...)))
			if err == nil {
				t.Fatal("nothing was found")
			}
			all := problems(t, err)
			i := slices.IndexFunc(all, func(p profile.Problem) bool { return p.Code == c.code })
			if i < 0 {
				t.Fatalf("no %s in:\n%v", c.code, err)
			}
			if len(all) > 1 {
				t.Errorf("one mistake, %d problems:\n%v", len(all), err)
			}
			if all[i].At.Line != c.line && c.line > 0 {
				t.Errorf("line %d, want %d: %v", all[i].At.Line, c.line, err)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q is not in: %v", c.says, err)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("a secret was repeated: %v", err)
			}
		})
	}
}

func TestVariablesAndFlags(t *testing.T) {
	s := source(profiles.FS)
	s.Vars = []string{"CPOS_PAYMENT_CONFIRM=3s", "CPOS_DEVICE_ID=02", "HOME=/root", "CPOS_ENV=sandbox", "CPOS_PAYMENT_METHODS=[wechat]"}
	s.Set = map[string]string{"payment.confirm": "0s", "receipt.welcome": "您好: 欢迎", "printer.port": ""}
	_, err := profile.Load(s)
	if err == nil {
		t.Fatal("a printer without a port was accepted")
	}
	if all := problems(t, err); len(all) != 1 || all[0].Code != profile.NoPort {
		t.Fatal(err)
	}
	delete(s.Set, "printer.port")
	p, err := profile.Load(s)
	if err != nil {
		t.Fatal(err)
	}
	if p.Payment.Confirm.Manual || p.Payment.Confirm.After != profile.ShortestWait || p.DeviceID != "02" ||
		p.Receipt.Welcome != "您好: 欢迎" || len(p.Payment.Methods) != 1 {
		t.Errorf("%+v", p)
	}
	o, ok := p.Explain("payment.confirm")
	if !ok || o.At.String() != "flag payment.confirm" || len(o.Overrode) != 3 || o.Overrode[0].At.String() != "variable CPOS_PAYMENT_CONFIRM" ||
		o.Overrode[1].At.String() != "repo/providers/practice.yaml:10:12" || o.Overrode[2].At.String() != "defaults:9:12" {
		t.Errorf("%+v", o)
	}

	s.Vars = []string{"CPOS_PAYMENT_CONFRIM=3s", "CPOS_RECONCILE_ON_MISMATCH=alert", "CPOS_NETWORK_PROXY_PASSWORD=hush"}
	s.Set = map[string]string{"payment.confrim": "1s", "payment": "x", "secrets.auth_key": "hush"}
	_, err = profile.Load(s)
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Fatal(err)
	}
	var codes []string
	for _, one := range problems(t, err) {
		codes = append(codes, one.At.String()+" "+string(one.Code))
	}
	want := []string{"flag payment E115", "flag payment.confrim E115", "flag secrets.auth_key E110",
		"variable CPOS_NETWORK_PROXY_PASSWORD E110", "variable CPOS_PAYMENT_CONFRIM E115", "variable CPOS_RECONCILE_ON_MISMATCH E113"}
	if !slices.Equal(codes, want) {
		t.Errorf("got %q\n%v", codes, err)
	}
}

func TestNoTwoKeysHaveOneVariable(t *testing.T) {
	p, err := profile.Load(source(profiles.FS))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, key := range p.Keys() {
		if other, twice := seen[profile.VarName(key)]; twice {
			t.Errorf("%s and %s are both %s", key, other, profile.VarName(key))
		}
		seen[profile.VarName(key)] = key
	}
}

func TestTheRepositoryIsCheckedAsAWhole(t *testing.T) {
	fsys := files(t)
	twin := strings.Replace(string(fsys[till].Data), "name: till1", "name: till2", 1)
	fsys["stores/practice/devices/till2.yaml"] = &fstest.MapFile{Data: []byte(twin)}
	tills, err := profile.Check(source(fsys))
	if all := problems(t, err); tills != 2 || len(all) != 1 || all[0].Code != profile.TwinTills ||
		all[0].At.String() != "repo/stores/practice/devices/till2.yaml:6:12" {
		t.Errorf("%d tills, %v", tills, err)
	}
	if tills, err := profile.Check(source(profiles.FS)); tills != 1 || err != nil {
		t.Errorf("%d tills, %v", tills, err)
	}
}

func TestATillIsNamedInThreeWays(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, profiles.FS); err != nil {
		t.Fatal(err)
	}
	disk, err := profile.Locate(filepath.Join(dir, till))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []profile.Source{{FS: profiles.FS, Till: "practice/till1"}, {FS: profiles.FS, Till: till}, disk} {
		if p, err := profile.Load(s); err != nil || p.TillName() != "practice/till1" || p.EnvName() != "" || p.ProductName() != "practice-pos" {
			t.Errorf("%s: %v, %v", s.Till, p, err)
		}
	}
	// A shop with one till may write everything into the store's file.
	s := source(files(t, store, "receipt:", "device_id: \"01\"\nreceipt:"))
	s.Till = "practice"
	if p, err := profile.Load(s); err != nil || p.TillName() != "practice" {
		t.Error(err)
	}
	s.Till = "nowhere/till1"
	if _, err := profile.Load(s); problems(t, err)[0].Code != profile.MissingFile {
		t.Error(err)
	}
	if _, err := profile.Locate(filepath.Join(dir, "store.yaml")); err == nil {
		t.Error("a file outside any repository was located")
	}
}

func TestTheFilledInProfile(t *testing.T) {
	p, err := profile.Load(source(profiles.FS))
	if err != nil {
		t.Fatal(err)
	}
	for name, origins := range map[string]bool{"filled.yaml": false, "origins.yaml": true} {
		var b strings.Builder
		if err := p.Write(&b, origins); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s differs; run with -update and read the diff. got:\n%s", name, b.String())
		}
	}
}

// What Write writes is itself a profile: loaded as the device layer it changes nothing.
func TestTheFilledInProfileReadsBack(t *testing.T) {
	p, err := profile.Load(source(profiles.FS))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := p.Write(&b, false); err != nil {
		t.Fatal(err)
	}
	fsys := files(t, provider, "final:\n  - payment.gateway.reverse\n  - reconcile.on_mismatch\n  - provider.pass\n", "")
	fsys[till] = &fstest.MapFile{Data: []byte("schema: cpos/profile/v1\nlayer: device\nname: till1\n" + b.String())}
	again, err := profile.Load(source(fsys))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	var c strings.Builder
	if err := again.Write(&c, false); err != nil {
		t.Fatal(err)
	}
	if b.String() != c.String() {
		t.Errorf("got:\n%s\nwant:\n%s", c.String(), b.String())
	}
}

// FuzzProfile holds that no text in any layer makes loading panic, and that what is accepted can be written.
func FuzzProfile(f *testing.F) {
	base := files(f)
	names := slices.Sorted(maps.Keys(base))
	for i, name := range names {
		f.Add(uint(i), string(base[name].Data), "payment.confirm", "3s")
	}
	f.Add(uint(0), "a: &a [*a]", "screens", "[{id: x}]")
	f.Add(uint(1), "? {a: b}\n: c\n<<: {x: y}\n", "pos_keys", "[[")
	f.Add(uint(2), "uses: 7\nfinal: {a: b}\nname: [x]\n", "a..b", "")
	f.Fuzz(func(t *testing.T, which uint, text, key, value string) {
		fsys := maps.Clone(base)
		fsys[names[which%uint(len(names))]] = &fstest.MapFile{Data: []byte(text)}
		s := source(fsys)
		s.Set = map[string]string{key: value}
		s.Vars = []string{profile.VarName(key) + "=" + value}
		p, err := profile.Load(s)
		if err != nil {
			if !errors.Is(err, profile.ErrProfile) {
				t.Fatal(err)
			}
			return
		}
		var b strings.Builder
		if err := p.Write(&b, true); err != nil {
			t.Fatal(err)
		}
	})
}
