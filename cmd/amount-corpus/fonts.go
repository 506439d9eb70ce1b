package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// kind says what a font is good for.
type kind string

const (
	kindSans    kind = "sans"
	kindSerif   kind = "serif"
	kindFixed   kind = "fixed"   // every character as wide as the next
	kindNarrow  kind = "narrow"  // condensed faces, whose digits stand close
	kindUneven  kind = "uneven"  // digits of different widths, or slanting into each other
	kindWindows kind = "windows" // the look of Windows' own dialogue fonts
	kindChinese kind = "chinese"
	kindBitmap  kind = "bitmap"  // drawn pixel by pixel, at the sizes in its file only
	kindSegment kind = "segment" // seven segments
)

// font is a file of a Debian package.
type font struct {
	Name  string
	Kind  kind
	Path  string
	Index int // of the face in the file
}

// The Debian packages whose fonts the corpus draws with; one line for each folder and kind. A number after
// a colon is the index of a face in its file.
const catalogue = `
fonts-dejavu-core       sans    /usr/share/fonts/truetype/dejavu DejaVuSans.ttf DejaVuSans-Bold.ttf
fonts-dejavu-core       fixed   /usr/share/fonts/truetype/dejavu DejaVuSansMono.ttf DejaVuSansMono-Bold.ttf
fonts-dejavu-core       serif   /usr/share/fonts/truetype/dejavu DejaVuSerif.ttf DejaVuSerif-Bold.ttf
fonts-liberation2       sans    /usr/share/fonts/truetype/liberation2 LiberationSans-Regular.ttf LiberationSans-Bold.ttf
fonts-liberation2       serif   /usr/share/fonts/truetype/liberation2 LiberationSerif-Regular.ttf LiberationSerif-Bold.ttf
fonts-liberation2       fixed   /usr/share/fonts/truetype/liberation2 LiberationMono-Regular.ttf LiberationMono-Bold.ttf
fonts-liberation2       uneven  /usr/share/fonts/truetype/liberation2 LiberationSans-Italic.ttf LiberationSerif-Italic.ttf LiberationSerif-BoldItalic.ttf
fonts-freefont-ttf      sans    /usr/share/fonts/truetype/freefont FreeSans.ttf FreeSansBold.ttf
fonts-freefont-ttf      serif   /usr/share/fonts/truetype/freefont FreeSerif.ttf
fonts-freefont-ttf      uneven  /usr/share/fonts/truetype/freefont FreeSerifItalic.ttf
ttf-bitstream-vera      windows /usr/share/fonts/truetype/ttf-bitstream-vera Vera.ttf VeraBd.ttf
fonts-croscore          windows /usr/share/fonts/truetype/croscore Arimo-Regular.ttf Arimo-Bold.ttf Tinos-Regular.ttf Cousine-Regular.ttf
fonts-wine              windows /usr/share/wine/fonts tahoma.ttf tahomabd.ttf
fonts-crosextra-carlito windows /usr/share/fonts/truetype/crosextra Carlito-Regular.ttf Carlito-Bold.ttf
fonts-crosextra-carlito uneven  /usr/share/fonts/truetype/crosextra Carlito-Italic.ttf
fonts-roboto-unhinted   sans    /usr/share/fonts/truetype/roboto/unhinted/RobotoTTF Roboto-Regular.ttf Roboto-Medium.ttf Roboto-Bold.ttf
fonts-roboto-unhinted   narrow  /usr/share/fonts/truetype/roboto/unhinted RobotoCondensed-Regular.ttf RobotoCondensed-Bold.ttf
fonts-open-sans         sans    /usr/share/fonts/truetype/open-sans OpenSans-Regular.ttf OpenSans-Semibold.ttf OpenSans-Bold.ttf
fonts-open-sans         narrow  /usr/share/fonts/truetype/open-sans OpenSans-CondLight.ttf OpenSans-CondBold.ttf
fonts-lato              sans    /usr/share/fonts/truetype/lato Lato-Regular.ttf Lato-Bold.ttf
fonts-clear-sans        windows /usr/share/fonts/truetype/clear-sans ClearSans-Regular.ttf ClearSans-Bold.ttf
fonts-inter             uneven  /usr/share/fonts/opentype/inter Inter-Regular.otf Inter-SemiBold.otf Inter-Bold.otf
fonts-cantarell         sans    /usr/share/fonts/opentype/cantarell Cantarell-Regular.otf Cantarell-Bold.otf
fonts-paratype          sans    /usr/share/fonts/truetype/paratype PTS55F.ttf PTS75F.ttf
fonts-paratype          narrow  /usr/share/fonts/truetype/paratype PTN57F.ttf PTN77F.ttf
fonts-comic-neue        uneven  /usr/share/fonts/opentype/comic-neue ComicNeue-Regular.otf ComicNeue-Bold.otf
fonts-inconsolata       fixed   /usr/share/fonts/truetype/inconsolata Inconsolata.otf
fonts-jetbrains-mono    fixed   /usr/share/fonts/truetype/jetbrains-mono JetBrainsMono-Regular.ttf JetBrainsMono-Bold.ttf
fonts-ocr-b             fixed   /usr/share/fonts/opentype/ocr-b OCRB.otf
fonts-urw-base35        sans    /usr/share/fonts/opentype/urw-base35 NimbusSans-Regular.otf NimbusSans-Bold.otf
fonts-urw-base35        narrow  /usr/share/fonts/opentype/urw-base35 NimbusSansNarrow-Regular.otf NimbusSansNarrow-Bold.otf
fonts-urw-base35        uneven  /usr/share/fonts/opentype/urw-base35 P052-Italic.otf URWBookman-LightItalic.otf
fonts-wqy-microhei      chinese /usr/share/fonts/truetype/wqy wqy-microhei.ttc
fonts-wqy-zenhei        chinese /usr/share/fonts/truetype/wqy wqy-zenhei.ttc
fonts-arphic-uming      chinese /usr/share/fonts/truetype/arphic uming.ttc
fonts-dseg              segment /usr/share/fonts/truetype/dseg DSEG7Classic-Regular.ttf DSEG7Classic-Bold.ttf DSEG7Classic-Italic.ttf DSEG7Classic-Light.ttf
fonts-dseg              segment /usr/share/fonts/truetype/dseg DSEG7Modern-Regular.ttf DSEG7Modern-Bold.ttf DSEG7ClassicMini-Regular.ttf DSEG7ModernMini-BoldItalic.ttf
xfonts-base             bitmap  /usr/share/fonts/X11/misc 6x10.pcf.gz 6x12.pcf.gz 6x13.pcf.gz 6x13B.pcf.gz 7x13.pcf.gz 7x13B.pcf.gz 7x14.pcf.gz
xfonts-base             bitmap  /usr/share/fonts/X11/misc 8x13.pcf.gz 8x13B.pcf.gz 9x15.pcf.gz 9x15B.pcf.gz 9x18.pcf.gz 9x18B.pcf.gz 10x20.pcf.gz 12x24.pcf.gz
xfonts-75dpi            bitmap  /usr/share/fonts/X11/75dpi helvR10.pcf.gz helvR12.pcf.gz helvB12.pcf.gz helvR14.pcf.gz helvB14.pcf.gz helvR18.pcf.gz helvB24.pcf.gz
xfonts-75dpi            bitmap  /usr/share/fonts/X11/75dpi timR12.pcf.gz timR18.pcf.gz timB24.pcf.gz courR12.pcf.gz courB18.pcf.gz lubB14.pcf.gz lubR19.pcf.gz charR18.pcf.gz
xfonts-terminus         bitmap  /usr/share/fonts/X11/misc ter-u12n_unicode.pcf.gz ter-u14b_unicode.pcf.gz ter-u16n_unicode.pcf.gz ter-u18b_unicode.pcf.gz ter-u22n_unicode.pcf.gz
xfonts-terminus         bitmap  /usr/share/fonts/X11/misc ter-u24b_unicode.pcf.gz ter-u28n_unicode.pcf.gz ter-u32b_unicode.pcf.gz
xfonts-wqy              bitmap  /usr/share/fonts/X11/misc wenquanyi_9pt.pcf wenquanyi_10pt.pcf wenquanyi_11pt.pcf wenquanyi_12pt.pcf wenquanyi_13px.pcf
fonts-wine              bitmap  /usr/share/wine/fonts vgasys.fon vgafix.fon coure.fon:0
fonts-wine              bitmap  /usr/share/wine/fonts sserife.fon:0 sserife.fon:1 sserife.fon:2 sseriffe.fon:0
`

// fewestFonts is the number below which a corpus would say little about shops.
const fewestFonts = 60

// findFonts returns the fonts that this machine has, and the packages it lacks.
func findFonts() (found []font, missing []string) {
	for line := range strings.Lines(catalogue) {
		words := strings.Fields(line)
		if len(words) < 4 {
			continue
		}
		for _, file := range words[3:] {
			name, index, _ := strings.Cut(file, ":")
			path := filepath.Join(words[2], name)
			if _, err := os.Stat(path); err != nil {
				missing = append(missing, words[0])
				continue
			}
			at := 0
			_, _ = fmt.Sscan(index, &at) // without an index it is the first face
			found = append(found, font{fontName(name, index), kind(words[1]), path, at})
		}
	}
	slices.Sort(missing)
	return found, slices.Compact(missing)
}

func fontName(file, index string) string {
	name, _, _ := strings.Cut(file, ".")
	if index != "" {
		name += "-" + index
	}
	return name
}

// enough says in one sentence why a corpus cannot be drawn with the fonts of this machine.
func enough(found []font, missing []string) error {
	kinds := map[kind]int{}
	for _, f := range found {
		kinds[f.Kind]++
	}
	for _, k := range []kind{kindSans, kindFixed, kindUneven, kindWindows, kindChinese, kindBitmap, kindSegment} {
		if kinds[k] == 0 || len(found) < fewestFonts {
			return fmt.Errorf("only %d fonts were found, and %d are needed with every kind among them: install %s (.ci/deps corpus)",
				len(found), fewestFonts, strings.Join(missing, " "))
		}
	}
	return nil
}

// of returns the fonts of some kinds.
func of(fonts []font, kinds ...kind) []font {
	var some []font
	for _, f := range fonts {
		if slices.Contains(kinds, f.Kind) {
			some = append(some, f)
		}
	}
	return some
}
