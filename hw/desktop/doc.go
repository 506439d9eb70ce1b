// Package desktop owns the windows of other programs: finding them, bringing them to the front, their
// geometry and scaling, and the virtual display that stands in where there is no screen.
//
// It promises never to type or draw. It is a ground of the device rooms: any of them may import it.
package desktop
