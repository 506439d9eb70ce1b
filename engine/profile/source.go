package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Source says which till of which repository is meant. The repository is laid out as
//
//	products/NAME.yaml  providers/NAME.yaml  environments/NAME.yaml
//	stores/STORE/store.yaml  stores/STORE/devices/DEVICE.yaml
type Source struct {
	FS fs.FS
	// Root is shown before file names, so that an editor finds them; it may be empty.
	Root string
	// Till is "store/device", "store", or the path of a device's or a store's file inside FS.
	Till string
	// Env names the environment layer; empty means none.
	Env string
	// Vars is the process's environment ("CPOS_PAYMENT_CONFIRM=3s"). Variables of other programs are skipped.
	Vars []string
	// Set holds flags: key to value.
	Set map[string]string
	// Untaught leaves the taught signs out, so that damaged ones can be taught again.
	Untaught bool
	// Drivers are the payment drivers that this program has; empty skips the check.
	Drivers []string
	// SystemVars are further CPOS_ variables that are no keys of a profile, beside those of the program itself.
	SystemVars []string
}

// Locate splits the path of a store's or device's file on disk into its repository and the path inside it.
func Locate(file string) (Source, error) {
	full, err := filepath.Abs(file)
	if err != nil {
		return Source{}, err
	}
	for dir := filepath.Dir(full); ; dir = filepath.Dir(dir) {
		if filepath.Base(dir) == "stores" {
			root := filepath.Dir(dir)
			inside, err := filepath.Rel(root, full)
			return Source{FS: os.DirFS(root), Root: root, Till: filepath.ToSlash(inside)}, err
		}
		if dir == filepath.Dir(dir) {
			return Source{}, fmt.Errorf("%s does not lie below a folder named stores: %w", file, fs.ErrNotExist)
		}
	}
}

// Schema is what every layer file says in its key "schema".
const Schema = "cpos/profile/v1"

// The kinds of layer files.
const (
	layerProduct  = "product"
	layerProvider = "provider"
	layerStore    = "store"
	layerDevice   = "device"
	layerEnv      = "env"
)

// header is what a layer file says about itself.
type header struct {
	name, title string
	uses        map[string]string
	final       []*yaml.Node
}

var headerKeys = []string{"schema", "layer", "name", "title", "uses", "final"}

// layer is one set of keys, checked and ready to be merged over those before it.
type layer struct {
	decoder
	header
	kind string
	keys map[string]any
}

// paths gives the files of a till.
func (s Source) paths() (store, device string) {
	till := path.Clean(strings.TrimSuffix(filepath.ToSlash(s.Till), "/"))
	if strings.HasSuffix(till, ".yaml") {
		dir := path.Dir(till)
		if path.Base(dir) == "devices" {
			return path.Join(path.Dir(dir), "store.yaml"), till
		}
		return till, ""
	}
	name, dev, ok := strings.Cut(till, "/")
	store = path.Join("stores", name, "store.yaml")
	if ok {
		device = path.Join("stores", name, "devices", dev+".yaml")
	}
	return store, device
}

const largestFile = 1 << 20

// read parses one layer file and checks all of it, or gives nil when it cannot be read at all. asked is
// where the file was named.
func (l *loading) read(file, kind string, asked Position) *layer {
	y := &layer{kind: kind, decoder: decoder{file: path.Join(filepath.ToSlash(l.source.Root), file), problems: &l.problems}}
	data, err := fs.ReadFile(l.source.FS, file)
	if err == nil && len(data) > largestFile {
		err = errors.New("longer than 1 MiB")
	}
	if err != nil {
		l.problems.add(MissingFile, asked, "profile.missing_file", "file", y.file, "layer", kind).advise("profile.missing_file.hint")
		return nil
	}
	root, ok := y.parse(data)
	if !ok {
		return nil
	}
	body := y.readHeader(root, strings.TrimSuffix(path.Base(file), ".yaml"), path.Base(path.Dir(file)))
	y.keys = y.tree(body, profileType, "", func(n *yaml.Node) int { return l.origins.keep(n, y.at(n)) })
	return y
}

var lineInError = regexp.MustCompile(`line (\d+): (.*)`)

// parse gives the one mapping of a file.
func (y *layer) parse(data []byte) (*yaml.Node, bool) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		at, why := Position{y.file, 1, 1}, strings.TrimPrefix(err.Error(), "yaml: ")
		if m := lineInError.FindStringSubmatch(err.Error()); m != nil {
			at.Line, _ = strconv.Atoi(m[1])
			why = m[2]
		}
		y.problems.add(BadSyntax, at, "profile.syntax", "why", why)
		return nil, false
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		y.problems.add(BadSyntax, Position{y.file, 1, 1}, "profile.want_keys", "key", y.kind)
		return nil, false
	}
	return doc.Content[0], true
}

// readHeader takes the keys that a file says about itself and gives the rest.
func (y *layer) readHeader(root *yaml.Node, base, dir string) *yaml.Node {
	rest := *root
	rest.Content = nil
	said := map[string]*yaml.Node{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if _, twice := said[key.Value]; !twice && slices.Contains(headerKeys, key.Value) {
			said[key.Value] = value
			continue
		}
		rest.Content = append(rest.Content, key, value)
	}
	if y.kind == layerStore {
		base = dir
	}
	y.expect(root, said, "schema", Schema)
	y.expect(root, said, "layer", y.kind)
	y.expect(root, said, "name", base)
	y.name, y.title = base, text(said["title"])
	y.uses = map[string]string{}
	if uses := said["uses"]; uses != nil {
		y.readUses(uses)
	}
	if final := said["final"]; final != nil {
		y.readFinal(final)
	}
	return &rest
}

// expect checks one line of the header.
func (y *layer) expect(root *yaml.Node, said map[string]*yaml.Node, key, want string) {
	at := root
	if n := said[key]; n != nil {
		if n.Kind == yaml.ScalarNode && n.Value == want {
			return
		}
		at = n
	}
	y.fail(BadHeader, at, "profile.header", "key", key, "want", want)
}

func (y *layer) readUses(n *yaml.Node) {
	if y.kind != layerStore {
		y.fail(BadHeader, n, "profile.uses_in_store")
		return
	}
	said := map[string]bool{}
	y.eachKey(n, "uses", func(name string, key, value *yaml.Node) {
		said[name] = true
		if name != layerProduct && name != layerProvider {
			y.unknown(key, name, join("uses", name), []string{layerProduct, layerProvider})
			return
		}
		if !layerName.MatchString(text(value)) {
			y.fail(BadValue, value, "profile.bad_name", "name", clip(text(value)))
			return
		}
		y.uses[name] = value.Value
	})
	for _, name := range []string{layerProduct, layerProvider} {
		if !said[name] {
			y.fail(MissingKey, n, "profile.missing_key", "key", join("uses", name))
		}
	}
}

// layerName keeps names of layers plain, so that they are file names on every system.
var layerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$`)

func (y *layer) readFinal(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		y.fail(WrongForm, n, "profile.want_list", "key", "final")
		return
	}
	for _, item := range n.Content {
		if _, known := keyAt(text(item)); !known {
			y.unknown(item, text(item), text(item), sortedKeys(leaves()))
			continue
		}
		y.final = append(y.final, item)
	}
}

func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}
