// Package winetest owns the Windows that tests have on Linux: wine on a virtual display of its own, with a
// prefix that is thrown away, programs built for it, and a stand-in for another program's window there.
//
// It promises that nothing of a real desktop or of another test is touched, and a skip with one sentence
// where wine cannot be had. What wine lacks (a library that every Go program asks for, pointer messages)
// is patched over programs of tests here, from files under testdata that no ordinary build can reach.
package winetest
