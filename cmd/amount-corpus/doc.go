// Amount-corpus draws what point-of-sale programs show where the amount stands: pictures of a region with
// the text that is in them, in hundreds of looks, to teach a reader and to try it. It also draws what a reader
// must not believe: regions that are cut, covered, torn, or show something else.
//
// It promises that every label is what was drawn, that every category has as many pictures as the next, and
// that the same seed gives the same bytes on the same fonts. It knows nothing of cpos and imports nothing of it.
//
// A style is one font, size, smoothing, scaling and colour set, and belongs to one of twenty categories. What is
// drawn, each run telling what it came to:
//
//   - 126 fonts of Debian packages (.ci/deps corpus): sans, serif, fixed, narrow, Windows' dialogue fonts, Chinese ones, X11's
//     and Windows' bitmap fonts, seven segments; and segments and five-by-seven dots of its own
//   - 9 to 72 pixels of the font; small 9 to 12, large 36 to 72, the others between 11 and 60
//   - smoothing none, grey, and sub-pixels with red or blue first; hinting as GDI, ClearType, GTK's automatic one, none
//   - glyphs on whole pixels, on whole pixels at designed distances, or on quarters of one
//   - screens at 100, 125 and 150 %, where the program draws larger or the system stretches its picture
//   - 35 colour sets, dark on light, light on dark, displays, gradients; unlit segments
//   - prefixes, suffixes, thousands with a comma, no decimals; 0.01 to 99999.99, most of it tens of yuan with
//     the endings of prices, a third with any digits
//   - left, right and centred; in one style of six the window is up to two pixels off
//   - JPEG at quality 45 to 94, 16-bit colour; carets that blink, seven kinds of frames
//
// Lessons are two or three captures, as a field engineer chooses them: together they show all ten digits, and
// the comma where there is one. In one style of ten somebody in a hurry took any two sales; its tests keep to the
// digits that were seen, and hazard-unseen shows the others.
//
// A hazard's row says reject where nothing may be accepted, and truth-or-reject where the truth may be. A
// mixture of two amounts counts as a hazard only where it is no amount itself. The pictures of hazard-changed are two
// grabs: the column second names the later one, and want is what the first one shows.
package main
