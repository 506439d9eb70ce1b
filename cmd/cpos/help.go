package main

// appHelp is the page of the program. The template's own words are in the language of the person.
func (d door) appHelp() string {
	return `{{.Usage}}

` + d.word("cli.help.usage") + `
   cpos [` + d.word("cli.help.flags") + `] ` + d.word("cli.help.command") + ` [` + d.word("cli.help.arguments") + `]

` + d.word("cli.help.commands") + `{{range .VisibleCommands}}
   {{join .Names ", "}}{{"\t"}}{{.Usage}}{{end}}

` + d.word("cli.help.till") + `{{range .VisibleFlags}}
   {{.}}{{end}}

{{.Description}}
`
}

// commandHelp is the page of a command or of a group of commands.
func (d door) commandHelp() string {
	return `{{.HelpName}}: {{.Usage}}

` + d.word("cli.help.usage") + `
   {{.HelpName}}{{if .VisibleFlags}} [` + d.word("cli.help.flags") + `]{{end}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}
{{if .Subcommands}}
` + d.word("cli.help.commands") + `{{range .Subcommands}}
   {{.Name}}{{"\t"}}{{.Usage}}{{end}}
{{end}}{{if .VisibleFlags}}
` + d.word("cli.help.options") + `{{range .VisibleFlags}}
   {{.}}{{end}}
{{end}}{{if .Description}}
` + d.word("cli.help.example") + `
   {{.Description}}
{{end}}`
}
