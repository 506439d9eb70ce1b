package trial_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/image/bmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"cpos/engine/capture"
	"cpos/engine/capture/trial"
	"cpos/engine/pay"
)

func manifest(text string) fstest.MapFS {
	return fstest.MapFS{trial.ManifestName: {Data: []byte(text)}}
}

const plain = `file,cat,style,role,must,want,text
a/1.png,plain,s1,teach,read,12.50,￥12.50
a/2.png,plain,s1,test,read,1280,"￥1,280.00"
h/3.png,torn,s1,test,reject,,￥12.50
h/4.png,shifted,s1,test,truth-or-reject,8.00,￥8.00
`

func TestAManifestReadsHoweverItWasWrittenDown(t *testing.T) {
	want, err := trial.ReadManifest(manifest(plain))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"line ends of Windows": strings.ReplaceAll(plain, "\n", "\r\n"),
		"a byte order mark":    "\ufeff" + plain,
		"no last line end":     strings.TrimSuffix(plain, "\n"),
		"everything quoted":    "\"file\",\"cat\",\"style\",\"role\",\"must\",\"want\",\"text\"\n" + plain[strings.IndexByte(plain, '\n')+1:],
		"semicolons":           strings.ReplaceAll(strings.ReplaceAll(plain, ",", ";"), `"￥1;280.00"`, `"￥1,280.00"`),
		"tabs":                 strings.ReplaceAll(strings.ReplaceAll(plain, ",", "\t"), "\"￥1\t280.00\"", `"￥1,280.00"`),
		"backward slashes":     strings.NewReplacer("a/", `a\`, "h/", `.\h\`).Replace(plain),
		"words in any case":    strings.NewReplacer("teach", "Teach", "test", "TEST", "reject", "Reject", "file,cat", "File, Category").Replace(plain),
		"another column order": reordered(plain),
		"GB 18030":             gb(plain),
	} {
		got, err := trial.ReadManifest(manifest(text))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v\n%+v\n%+v", name, err, got, want)
		}
	}
}

// gb is the text as a Chinese spreadsheet writes it.
func gb(text string) string {
	out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		panic(err)
	}
	return out
}

// reordered writes the columns backwards, with one more that nobody knows.
func reordered(text string) string {
	var out strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		fields := strings.SplitN(line, ",", 7)
		slices.Reverse(fields)
		if i == 0 {
			out.WriteString("font,")
		} else {
			out.WriteString("DejaVu Sans,")
		}
		out.WriteString(strings.Join(fields, ",") + "\n")
	}
	return out.String()
}

func TestAmountsAreWrittenInManyWays(t *testing.T) {
	for text, want := range map[string]pay.Money{
		"12.5": 1250, "12.50": 1250, "12.500": 1250, "1,280.00": 128000, "1280": 128000, "￥1280": 128000, " 0.01 ": 1, "１２．５０": 1250,
		"": 0, "-": 0, "none": 0, "-12.50": 0, "(3.00)": 0, "12.345": 0, "abc": 0,
	} {
		if got := trial.Amount(text); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func TestWhatMayBeAHazardIsOne(t *testing.T) {
	rows, err := trial.ReadManifest(manifest(`file,cat,style,role,must,want,text
1.png,plain,s,test,read,1.00,1.00
2.png,plain,s,test,truth-or-reject,1.00,1.00
3.png,plain,s,test,reject,1.00,1.00
4.png,plain,s,test,read,,
5.png,plain,s,test,,1.00,1.00
6.png,torn,s,test,truth-or-reject,1.00,1.00
7.png,hazard-cut,s,test,read,1.00,1.00
8.png,hazard-cut,s,teach,reject,1.00,1.00
9.png,plain,s,unlabelled,,,
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"1.png": false, "2.png": false, "3.png": true, "4.png": true, "5.png": false, "6.png": true, "7.png": true, "8.png": false}
	if len(rows) != len(want) {
		t.Errorf("%d rows", len(rows))
	}
	for _, r := range rows {
		if r.Hazard != want[r.File] {
			t.Errorf("%s in %s: hazard %v", r.File, r.Category, r.Hazard)
		}
	}
}

func TestAFolderWithoutLabelsIsRefused(t *testing.T) {
	for name, folder := range map[string]fstest.MapFS{
		"no manifest": {}, "an empty one": manifest(""), "no rows": manifest("file,style,role,want\n"), "no role": manifest("file,style,want\n1.png,s,1\n"),
	} {
		if _, err := trial.ReadManifest(folder); !errors.Is(err, trial.ErrManifest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStylesFindTheirLessons(t *testing.T) {
	rows, err := trial.ReadManifest(manifest(`file,cat,style,role,must,want,text
1,plain,s1,teach,,1,1
2,plain,s1,test,read,1,1
3,torn,s1,test,reject,,
4,dark,s2,teach,,1,1
5,mono,s2,teach,,1,1
6,dark,s2,test,read,1,1
7,mono,s2,test,read,1,1
8,torn,s2,test,reject,,
9,plain,s3,test,read,1,1
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range trial.Styles(rows) {
		one := s.Name + ":"
		for _, r := range s.Lessons {
			one += " " + r.File
		}
		one += " ->"
		for _, r := range s.Tests {
			one += " " + r.File
		}
		got = append(got, one)
	}
	want := []string{"s1: 1 -> 2 3", "s2: 4 -> 6", "s2: 5 -> 7", "s2: 4 5 -> 8", "s3: -> 9"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestTheGrammarComesFromTheLessons(t *testing.T) {
	for name, row := range map[string]struct {
		texts []string
		want  capture.Grammar
	}{
		"two decimals":            {[]string{"12.50", "8.88"}, capture.Grammar{Decimals: 2}},
		"none":                    {[]string{"1,280", "8"}, capture.Grammar{}},
		"a sign before":           {[]string{"￥12.50", "￥1,280.00"}, capture.Grammar{Decimals: 2, Prefix: []string{"￥"}}},
		"words around":            {[]string{"合计: 12.5元", "合计: 3.0元"}, capture.Grammar{Decimals: 1, Prefix: []string{"合计:"}, Suffix: []string{"元"}}},
		"full-width digits":       {[]string{"１２．５０"}, capture.Grammar{Decimals: 2}},
		"a missing point is none": {[]string{"12.50", "8"}, capture.Grammar{Decimals: 2}},
	} {
		got := trial.GrammarOf(row.texts)
		if got.Decimals != row.want.Decimals || !slices.Equal(got.Prefix, row.want.Prefix) || !slices.Equal(got.Suffix, row.want.Suffix) {
			t.Errorf("%s: %+v", name, got)
		}
		for _, text := range row.texts {
			if m, why := got.Parse(text); why == "" && m != trial.Amount(strings.Map(half, text)) {
				t.Errorf("%s: %q is %v", name, text, m)
			}
		}
	}
}

func half(r rune) rune {
	if r >= '０' && r <= '９' || r == '．' {
		return r - '！' + '!'
	}
	return r
}

func TestReadingsAreCountedAgainstTheReader(t *testing.T) {
	readable, reject, truth := trial.Row{Want: 1250}, trial.Row{Hazard: true}, trial.Row{Hazard: true, Want: 1250}
	sure := func(m pay.Money) capture.Reading { return capture.Reading{Amount: m, Sure: true} }
	box := func(m pay.Money) capture.Reading { return capture.Reading{Amount: m, Why: capture.Disagree} }
	for name, row := range map[string]struct {
		row  trial.Row
		read capture.Reading
		want trial.Verdict
	}{
		"right": {readable, sure(1250), trial.Right}, "wrong": {readable, sure(1251), trial.Wrong}, "sure of nothing": {readable, sure(0), trial.Wrong},
		"pre-filled": {readable, box(1250), trial.Prefilled}, "pre-filled wrong": {readable, box(1), trial.PrefilledWrong}, "refused": {readable, box(0), trial.Refused},
		"a hazard refused": {reject, box(1250), trial.HazardRefused}, "a hazard accepted": {reject, sure(1250), trial.HazardWrong},
		"the truth of a hazard": {truth, sure(1250), trial.HazardRight}, "another amount of a hazard": {truth, sure(1), trial.HazardWrong},
	} {
		if got := row.row.Judge(row.read); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestATallyAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var total, parts trial.Tally
		for range rapid.IntRange(0, 40).Draw(t, "readings") {
			v := trial.Verdict(rapid.IntRange(0, int(trial.HazardWrong)).Draw(t, "verdict"))
			var one trial.Tally
			one.Count(v)
			one.Time(time.Duration(rapid.IntRange(1, 1e9).Draw(t, "took")))
			total.Count(v)
			parts.Add(one)
		}
		parts.Finish()
		if parts.Tests != total.Tests || parts.Right != total.Right || parts.HazardsWrong != total.HazardsWrong {
			t.Fatalf("%+v %+v", parts, total)
		}
		if parts.Accepted+parts.Refused != parts.Tests || parts.Right+parts.Wrong != parts.Accepted || parts.Median > parts.P99 {
			t.Fatalf("%+v", parts)
		}
	})
}

func TestPicturesOfManyFormatsAreRead(t *testing.T) {
	picture := image.NewRGBA(image.Rect(3, 4, 23, 14))
	for i := range picture.Pix {
		picture.Pix[i] = 0xff
	}
	picture.Set(5, 6, color.Black)
	folder := fstest.MapFS{}
	for name, encode := range map[string]func(*bytes.Buffer) error{
		"a.png": func(b *bytes.Buffer) error { return png.Encode(b, picture) },
		"b.jpg": func(b *bytes.Buffer) error { return jpeg.Encode(b, picture, nil) },
		"c.bmp": func(b *bytes.Buffer) error { return bmp.Encode(b, picture) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: b.Bytes()}
	}
	folder["sub/f.png"] = folder["a.png"]
	for name := range folder {
		got, err := trial.Picture(folder, name)
		if err != nil || got.Rect != image.Rect(0, 0, 20, 10) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := trial.Picture(folder, "folder/sub/f.png"); err != nil || got.Rect.Empty() {
		t.Errorf("named from outside the folder: %v", err)
	}
	folder["d.png"] = &fstest.MapFile{Data: []byte("not a picture")}
	for _, name := range []string{"d.png", "e.png"} {
		if _, err := trial.Picture(folder, name); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func FuzzManifest(f *testing.F) {
	f.Add(plain)
	f.Add("file;style;role;want\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := trial.ReadManifest(manifest(text))
		if err != nil {
			return
		}
		for _, r := range rows {
			if strings.Contains(r.File, "..") && strings.HasPrefix(r.File, "..") || strings.HasPrefix(r.File, "/") || r.Want < 0 {
				t.Errorf("%+v", r)
			}
		}
		for _, s := range trial.Styles(rows) {
			s.Grammar()
		}
	})
}
