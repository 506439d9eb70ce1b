package profile

import (
	_ "embed"
	"fmt"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed defaults.yaml
var defaultsYAML []byte

var profileType = reflect.TypeFor[Profile]()

// loading is one call of Load.
type loading struct {
	source   Source
	problems Problems
	origins  *origins
	layers   []*layer
}

// Load reads all layers of a till. The error is a *Problems that holds everything that is wrong, and then
// there is no profile.
func Load(s Source) (*Profile, error) {
	l := &loading{source: s, origins: newOrigins()}
	l.add(l.defaults())
	names := l.files()
	l.add(l.variables())
	l.add(l.flags())

	p := &Profile{names: names, origins: l.origins, files: s.FS}
	l.merge(p)
	if !l.unreadable(names) {
		l.needed()
		if l.source.Untaught {
			p.forgetGlyphs()
		}
		l.lint(p)
	}
	if err := l.problems.or(); err != nil {
		return nil, err
	}
	return p, nil
}

func (l *loading) add(y *layer) {
	if y != nil {
		l.layers = append(l.layers, y)
	}
}

// unreadable says that a whole layer is missing, so that rules about the whole would only make noise.
func (l *loading) unreadable(n names) bool {
	return n.product == "" || n.provider == "" ||
		slices.ContainsFunc(l.problems.All, func(p Problem) bool { return p.Code == MissingFile || p.Code == BadSyntax })
}

func (l *loading) defaults() *layer {
	y := &layer{kind: "default", decoder: decoder{file: "defaults", problems: &l.problems}}
	root, ok := y.parse(defaultsYAML)
	if !ok {
		panic("the defaults cannot be read: " + l.problems.Error()) // part of the program and tested with it
	}
	y.keys = y.tree(root, profileType, "", func(n *yaml.Node) int { return l.origins.keep(n, y.at(n)) })
	return y
}

// files reads product, provider, store, device and environment, and adds them in that order.
func (l *loading) files() names {
	var n names
	storeFile, deviceFile := l.source.paths()
	asked := Position{File: "profile " + l.source.Till}
	store := l.read(storeFile, layerStore, asked)
	if store != nil {
		from := Position{store.file, 1, 1}
		if len(store.uses) == 0 {
			l.problems.add(MissingKey, from, "profile.missing_key", "key", "uses")
		}
		n.store, n.product, n.provider = store.name, store.uses[layerProduct], store.uses[layerProvider]
		if n.product != "" {
			if y := l.read(path.Join("products", n.product+".yaml"), layerProduct, from); y != nil {
				n.title = y.title
				l.add(y)
			}
		}
		if n.provider != "" {
			l.add(l.read(path.Join("providers", n.provider+".yaml"), layerProvider, from))
		}
		l.add(store)
	}
	if deviceFile != "" {
		if y := l.read(deviceFile, layerDevice, asked); y != nil {
			n.device = y.name
			l.add(y)
		}
	}
	if l.source.Env != "" {
		n.env = l.source.Env
		l.add(l.read(path.Join("environments", n.env+".yaml"), layerEnv, Position{File: "environment " + clip(n.env)}))
	}
	return n
}

// Variables of the program itself; they choose what is loaded and are no keys of it.
var systemVars = []string{"CPOS_PROFILE", "CPOS_STORE", "CPOS_DEVICE", "CPOS_ENV", "CPOS_LANG", "CPOS_ROOT"}

// VarName gives the variable that sets a key: "payment.gateway.base_url" is CPOS_PAYMENT_GATEWAY_BASE_URL.
func VarName(key string) string {
	return "CPOS_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func (l *loading) variables() *layer {
	known := map[string]string{}
	for key := range leaves() {
		known[VarName(key)] = key
	}
	y := l.textLayer("variables")
	for _, pair := range slices.Sorted(slices.Values(l.source.Vars)) {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "CPOS_") || slices.Contains(systemVars, name) || slices.Contains(l.source.SystemVars, name) {
			continue
		}
		key, ok := known[name]
		if !ok {
			p := l.problems.add(UnknownName, Position{File: "variable " + clip(name)}, "profile.unknown_variable", "name", clip(name))
			if near := nearest(name, sortedKeys(known)); near != "" {
				p.advise("profile.did_you_mean", "key", near)
			}
			continue
		}
		l.set(y, "variable "+name, key, value)
	}
	return y
}

func (l *loading) flags() *layer {
	y := l.textLayer("flags")
	for _, key := range sortedKeys(l.source.Set) {
		known, ok := keyAt(key)
		if !ok || interior(known.typ) {
			p := l.problems.add(UnknownName, Position{File: "flag " + clip(key)}, "profile.unknown_key", "key", clip(key))
			if near := nearest(key, sortedKeys(leaves())); near != "" {
				p.advise("profile.did_you_mean", "key", near)
			}
			continue
		}
		l.set(y, "flag "+key, key, l.source.Set[key])
	}
	return y
}

func (l *loading) textLayer(kind string) *layer {
	return &layer{kind: kind, keys: map[string]any{}, decoder: decoder{problems: &l.problems}}
}

// set puts one value from outside any file into a layer. A list is written as in YAML: [wechat, alipay].
func (l *loading) set(y *layer, where, key, value string) {
	known, ok := keyAt(key)
	if !ok {
		return
	}
	d := decoder{file: where, problems: &l.problems}
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	if k := known.typ.Kind(); k == reflect.Slice || k == reflect.Array {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(value), &doc); err == nil && len(doc.Content) == 1 {
			node = doc.Content[0]
			forgetLines(node)
		}
	}
	if !d.value(node, reflect.New(known.typ).Elem(), known.rules, key) {
		return
	}
	at := y.keys
	parts := strings.Split(key, ".")
	for _, part := range parts[:len(parts)-1] {
		next, ok := at[part].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[part] = next
		}
		at = next
	}
	at[parts[len(parts)-1]] = l.origins.keep(node, Position{File: where})
}

// forgetLines keeps a variable's value from claiming a line of a file.
func forgetLines(n *yaml.Node) {
	n.Line, n.Column = 0, 0
	for _, inner := range n.Content {
		forgetLines(inner)
	}
}

// needed reports keys that no layer set although a till cannot do without them. They belong in the most
// special file.
func (l *loading) needed() {
	storeFile, deviceFile := l.source.paths()
	file := storeFile
	if deviceFile != "" {
		file = deviceFile
	}
	at := Position{path.Join(filepath.ToSlash(l.source.Root), file), 1, 1}
	all := leaves()
	for _, key := range sortedKeys(all) {
		if all[key].rules.needed && !l.origins.has(key) && !l.reported(key) {
			l.problems.add(MissingKey, at, "profile.missing_key", "key", key)
		}
	}
}

// reported says that a key, or a part of it, was written wrongly; once is enough to hear of it.
func (l *loading) reported(key string) bool {
	return slices.ContainsFunc(l.problems.All, func(p Problem) bool {
		i := slices.Index(p.What.Args, "key")
		if i < 0 || i+1 >= len(p.What.Args) {
			return false
		}
		rest, below := strings.CutPrefix(p.What.Args[i+1], key)
		return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// String names the till for logs.
func (p *Profile) String() string {
	return fmt.Sprintf("profile %s (product %s, provider %s, environment %q)", p.TillName(), p.names.product, p.names.provider, p.names.env)
}
