// Amount-corpus draws what point-of-sale programs show where the amount stands: pictures of a region with
// the text that is in them, in hundreds of looks, to teach a reader and to try it. It also draws what a reader
// must not believe: regions that are cut, covered, torn, or show something else.
//
// It promises that every label is what was drawn, that every category has as many pictures as the next, and
// that the same seed gives the same bytes on the same fonts. It knows nothing of cpos and imports nothing of it.
package main
