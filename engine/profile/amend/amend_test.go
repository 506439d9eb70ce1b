package amend_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"cpos/engine/profile/amend"
)

const product = `# LAYER 1 of 5
schema: cpos/profile/v1

match:
  exe: pos   # the program

screens:
  - id: standard      # the usual one
    size: [900, 680]
    regions:
      amount: {x: 628, y: 92, w: 248, h: 68}        # 应收合计
      serial:
        x: 1
        y: 2    # down
        w: 3
        h: 4

amount:
  prefix: ["￥", '¥']
  decimals: 2
`

func screen(steps ...amend.Step) []amend.Step {
	return append([]amend.Step{amend.Key("screens"), amend.Item("id", "standard")}, steps...)
}

func TestSettingLeavesEverythingElseAlone(t *testing.T) {
	for name, row := range map[string]struct {
		path  []amend.Step
		value string
		old   string // what goes
		new   string // what comes in its place
	}{
		"a region in brackets": {screen(amend.Key("regions"), amend.Key("amount")), "{x: 630, y: 92, w: 240, h: 68}",
			"{x: 628, y: 92, w: 248, h: 68}        # 应收合计", "{x: 630, y: 92, w: 240, h: 68}        # 应收合计"},
		"a region on lines of its own": {screen(amend.Key("regions"), amend.Key("serial")), "{x: 1, y: 20, w: 3, h: 4}", "y: 2    # down", "y: 20    # down"},
		"a new region":                 {screen(amend.Key("regions"), amend.Key("due")), "{x: 1, y: 2, w: 3, h: 4}", "        h: 4\n", "        h: 4\n      due: {x: 1, y: 2, w: 3, h: 4}\n"},
		"an anchor": {screen(amend.Key("anchor")), "{image: pos/anchor.png, x: 1}",
			"        h: 4\n", "        h: 4\n    anchor: {image: pos/anchor.png, x: 1}\n"},
		"a new screen": {[]amend.Step{amend.Key("screens"), amend.Item("id", "wide"), amend.Key("size")}, "[1200, 800]",
			"        h: 4\n", "        h: 4\n  - {id: wide, size: [1200, 800]}\n"},
		"two keys that are missing": {[]amend.Step{amend.Key("amount"), amend.Key("ocr"), amend.Key("glyphs")}, "pos/glyphs",
			"  decimals: 2\n", "  decimals: 2\n  ocr: {glyphs: pos/glyphs}\n"},
		"a list":     {[]amend.Step{amend.Key("amount"), amend.Key("prefix")}, `["合计:"]`, "[\"￥\", '¥']", `["合计:"]`},
		"a new part": {[]amend.Step{amend.Key("serial"), amend.Key("capture")}, "true", "  decimals: 2\n", "  decimals: 2\nserial: {capture: true}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Count(product, row.old) != 1 {
				t.Fatalf("%q stands %d times in the file", row.old, strings.Count(product, row.old))
			}
			for _, ending := range []string{"\n", "\r\n"} {
				before := strings.ReplaceAll(product, "\n", ending)
				want := strings.ReplaceAll(strings.Replace(product, row.old, row.new, 1), "\n", ending)
				got, err := amend.Set([]byte(before), row.path, row.value)
				if err != nil || string(got) != want {
					t.Fatalf("%v\n%s", err, amend.Diff("file", []byte(want), got))
				}
				again, err := amend.Set(got, row.path, row.value)
				if err != nil || string(again) != want {
					t.Errorf("the second time: %v\n%s", err, amend.Diff("file", got, again))
				}
			}
		})
	}
}

func TestWhatCannotBeChangedInPlaceIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a list":        "- 1\n",
		"broken":        "a: [1\n",
		"another kind":  "screens: {id: 1}\n",
		"nothing there": "",
	} {
		_, err := amend.Set([]byte(text), screen(amend.Key("regions"), amend.Key("amount")), "{x: 1}")
		if !errors.Is(err, amend.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyTheAskedValueChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z]{1,6}`).Draw(t, "name")
		value := rapid.IntRange(-9, 99999).Draw(t, "value")
		path := screen(amend.Key("regions"), amend.Key(name), amend.Key("x"))
		if name == "amount" || name == "serial" {
			path = screen(amend.Key("regions"), amend.Key(name), amend.Key("y"))
		}
		got, err := amend.Set([]byte(product), path, fmt.Sprint(value))
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Screens []struct {
				Regions map[string]map[string]int
			}
		}
		if err := yaml.Unmarshal(got, &doc); err != nil {
			t.Fatal(err)
		}
		if is := doc.Screens[0].Regions[name][path[len(path)-1].Key]; is != value {
			t.Errorf("%d", is)
		}
		for _, comment := range []string{"# 应收合计", "# down", "# the usual one", "# the program", "# LAYER 1 of 5"} {
			if !strings.Contains(string(got), comment) {
				t.Errorf("%q is gone", comment)
			}
		}
	})
}

func TestADiffReadsLikeOneOfVersionControl(t *testing.T) {
	after := strings.Replace(product, "decimals: 2", "decimals: 0", 1)
	want := `--- a/products/pos.yaml
+++ b/products/pos.yaml
@@ -17,4 +17,4 @@
 
 amount:
   prefix: ["￥", '¥']
-  decimals: 2
+  decimals: 0
`
	if got := amend.Diff("products/pos.yaml", []byte(product), []byte(after)); got != want {
		t.Errorf("%s", got)
	}
	if got := amend.Diff("x", []byte(product), []byte(product)); got != "" {
		t.Errorf("nothing changed: %s", got)
	}
}
