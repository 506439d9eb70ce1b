// Package scripts carries the scripts that are shipped with the program: hooks for the practice POS and
// the standard slips. It only embeds them.
package scripts

import "embed"

// FS holds the scripts; the folder std is what load("@std//...") reaches.
//
//go:embed *.star std/*.star
var FS embed.FS
