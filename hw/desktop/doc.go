// Package desktop owns the windows of other programs: finding them, bringing them to the front, their
// geometry and scaling, and the virtual display that stands in where there is no screen.
//
// It promises never to type or draw, and to say keys.ErrNoDisplay where there is no desktop. It is a
// ground of the device rooms: any of them may import it. What a window means is left to them.
package desktop
