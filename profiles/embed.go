// Package profiles carries the profiles that are shipped with the program. It only embeds them.
package profiles

import "embed"

// FS is a repository of profiles: products, providers, stores and environments.
//
//go:embed products providers stores environments
var FS embed.FS
