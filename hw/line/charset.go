package line

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// DefaultCodePage is what displays speak in China; ASCII is part of it.
const DefaultCodePage = "gb18030"

// codePages by the names that a profile uses.
var codePages = map[string]encoding.Encoding{
	"gb18030": simplifiedchinese.GB18030, "gbk": simplifiedchinese.GBK, "big5": traditionalchinese.Big5, "shift-jis": japanese.ShiftJIS,
	"cp437": charmap.CodePage437, "cp850": charmap.CodePage850, "cp852": charmap.CodePage852, "cp858": charmap.CodePage858,
	"cp860": charmap.CodePage860, "cp863": charmap.CodePage863, "cp865": charmap.CodePage865, "cp866": charmap.CodePage866,
	"cp1251": charmap.Windows1251, "cp1252": charmap.Windows1252,
}

// CodePages lists the names.
func CodePages() []string { return slices.Sorted(maps.Keys(codePages)) }

func codePage(name string) (encoding.Encoding, error) {
	if name == "" {
		name = DefaultCodePage
	}
	page, known := codePages[strings.ToLower(name)]
	if !known {
		return nil, fmt.Errorf("code page %q: want one of %s", name, strings.Join(CodePages(), ", "))
	}
	return page, nil
}

// decode gives the text of one line. A byte that is no text shows as U+FFFD, which is no part of an amount.
func decode(page encoding.Encoding, b []byte) string {
	out, err := page.NewDecoder().Bytes(b)
	if err != nil {
		return strings.Repeat("\uFFFD", len(b))
	}
	return strings.TrimSpace(string(out))
}
