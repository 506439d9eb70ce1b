// Practice-pos is a vendor's till program to practise on: a window in Chinese with a sale, a total, a
// settlement and a serial number, and a journal of every key and click that reached it.
//
// It knows nothing of cpos and imports nothing of it, so what works beside it works beside a stranger.
// It promises that regions never move, that a sale ends only by its own rules, and that the journal
// misses nothing that arrived. It moves no money and prints no slip.
package main
