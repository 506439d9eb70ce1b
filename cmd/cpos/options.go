package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"cpos/engine/profile"
	"cpos/engine/words"
	"cpos/profiles"
	"cpos/scripts"
)

// globals say which till is meant. Each of them may also come from the environment.
type globals struct {
	profile string // a device's or store's file, or the folder of a repository; empty means the shipped one
	store   string
	device  string
	environ string // name of the environment layer
	data    string
	vars    []string
}

func (d door) globalFlags() []cli.Flag {
	text := func(name, variable string) cli.Flag {
		f := &cli.StringFlag{Name: name, Usage: d.word("cli.flag." + name)}
		if variable != "" {
			f.EnvVars = []string{variable}
		}
		return f
	}
	return []cli.Flag{
		text("profile", "CPOS_PROFILE"), text("store", "CPOS_STORE"), text("device", "CPOS_DEVICE"),
		text("env", "CPOS_ENV"), text("data", ""), text("lang", "CPOS_LANG"),
	}
}

// globals reads the flags that stand before every command.
func (d door) globals(c *cli.Context) globals {
	return globals{profile: c.String("profile"), store: c.String("store"), device: c.String("device"),
		environ: c.String("env"), data: c.String("data"), vars: d.env}
}

// The shipped profile: a practice shop whose money is not real.
const (
	practiceTill = "practice/till1"
	practiceEnv  = "sandbox"
)

// source says where the profile lies, and where the scripts that belong to it lie.
func (g globals) source() (profile.Source, error) {
	s := profile.Source{FS: profiles.FS, Till: practiceTill, Env: g.environ}
	var err error
	switch {
	case g.profile == "":
		if s.Env == "" {
			s.Env = practiceEnv
		}
		err = g.choose(&s, true)
	case isDir(g.profile):
		s.FS, s.Root, s.Till = os.DirFS(g.profile), g.profile, ""
		err = g.choose(&s, false)
	default:
		if s, err = profile.Locate(g.profile); err != nil {
			return s, words.Fail(profile.ErrProfile, "cli.profile.where").Advise("cli.profile.where.hint").Because(err)
		}
		s.Env = g.environ
		if g.device != "" && path.Base(s.Till) == "store.yaml" {
			s.Till = path.Base(path.Dir(s.Till)) + "/" + g.device
		}
	}
	s.Vars, s.Drivers = g.vars, driverNames()
	if g.data != "" {
		s.Set = map[string]string{"data": g.data}
	}
	return s, err
}

// choose finds the till of a repository: the one that is named, or the only one.
func (g globals) choose(s *profile.Source, shipped bool) error {
	switch {
	case g.store != "" && g.device != "":
		s.Till = g.store + "/" + g.device
		return nil
	case g.store == "" && g.device == "" && shipped:
		return nil
	}
	tills, err := tillsOf(s.FS)
	if err != nil {
		return err
	}
	var fit []string
	for _, t := range tills {
		store, device, _ := strings.Cut(t, "/")
		if (g.store == "" || g.store == store) && (g.device == "" || g.device == device) {
			fit = append(fit, t)
		}
	}
	if len(fit) != 1 {
		return words.Fail(errUsage, "cli.which_till", "tills", strings.Join(tills, " ")).Advise("cli.which_till.hint")
	}
	s.Till = fit[0]
	return nil
}

// tillsOf lists the tills of a repository as "store/device", or "store" where a store has no devices.
func tillsOf(repository fs.FS) ([]string, error) {
	stores, err := fs.Glob(repository, "stores/*/store.yaml")
	if err != nil {
		return nil, err
	}
	var all []string
	for _, file := range stores {
		store := path.Base(path.Dir(file))
		devices, err := fs.Glob(repository, path.Join(path.Dir(file), "devices", "*.yaml"))
		if err != nil {
			return nil, err
		}
		if len(devices) == 0 {
			all = append(all, store)
		}
		for _, d := range devices {
			all = append(all, store+"/"+strings.TrimSuffix(path.Base(d), ".yaml"))
		}
	}
	return all, nil
}

// scriptRoot gives the folder of scripts that belongs to a repository: "scripts" inside it or beside it,
// else the shipped ones.
func scriptRoot(repository string) fs.FS {
	if repository != "" {
		for _, dir := range []string{filepath.Join(repository, "scripts"), filepath.Join(repository, "..", "scripts")} {
			if isDir(dir) {
				return os.DirFS(dir)
			}
		}
	}
	return scripts.FS
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
