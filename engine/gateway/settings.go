package gateway

import (
	"errors"
	"slices"

	"cpos/engine/words"
)

// Fill gives the options with the defaults put in. It reports every unknown and every missing name at
// once; an error never holds a value, for any of them may be a secret.
func (d Driver) Fill(options map[string]string) (map[string]string, error) {
	var problems []error
	full := map[string]string{}
	for _, o := range d.Options {
		value := options[o.Name]
		if value == "" {
			value = o.Default
		}
		if value == "" && o.Required {
			problems = append(problems, words.Fail(ErrSettings, "gateway.option.missing", "driver", d.Name, "name", o.Name).
				Advise(o.Help))
		}
		full[o.Name] = value
	}
	for _, name := range sortedKeys(options) {
		if _, known := full[name]; !known {
			problems = append(problems, words.Fail(ErrSettings, "gateway.option.unknown", "driver", d.Name, "name", name))
		}
	}
	return full, errors.Join(problems...)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
