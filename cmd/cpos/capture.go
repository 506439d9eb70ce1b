package main

import "github.com/urfave/cli/v2"

// captureCommand groups what a service provider needs to teach a till to read, and to prove that it does.
func (d door) captureCommand() *cli.Command {
	return d.group("capture", d.captureTeachCommand(), d.captureTryCommand(), d.captureBenchCommand(),
		d.captureRecordCommand(), d.captureSourcesCommand())
}
