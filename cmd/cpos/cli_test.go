package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/urfave/cli/v2"

	"cpos/engine/store"
	"cpos/engine/words"
	"cpos/profiles"
)

// TestMain lets the test binary be the program itself, so that stories see real processes and exit codes.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cpos": main})
}

// TestStories plays the command line's stories. Each has a data folder of its own.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("../../testdata/script/cli_*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	testscript.Run(t, testscript.Params{
		Files: files, RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_DATA_HOME", filepath.Join(e.WorkDir, "data"))
			e.Setenv("LOCALAPPDATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("CPOS_LANG", "en")
			e.Setenv("DISPLAY", "")
			screens, err := filepath.Abs("../../testdata/screens")
			if err != nil {
				return err
			}
			e.Setenv("SCREENS", screens)
			e.Setenv("BOOK", filepath.Join(e.WorkDir, "data", "cpos", "sandbox", "practice", "till1"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": serve, "exits": exits, "engine": holdBook, "edited": editBook, "damaged": damageBook, "shipped": copyShipped, "rsakey": writeKey, "remember": remember,
		},
	})
}

// serve starts `cpos sandbox serve` on a free port and points the till at it.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	path, err := exec.LookPath("cpos")
	ts.Check(err)
	cmd := exec.Command(path, append([]string{"sandbox", "serve", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), "CPOS_LANG=en", "XDG_DATA_HOME="+ts.Getenv("XDG_DATA_HOME"), "LOCALAPPDATA="+ts.Getenv("LOCALAPPDATA"))
	cmd.Dir = ts.MkAbs(".")
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			_ = cmd.Process.Kill()
		}
		if err := cmd.Wait(); err != nil {
			ts.Logf("sandbox: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	u, err := url.Parse(strings.TrimSpace(line))
	ts.Check(err)
	ts.Setenv("CPOS_PAYMENT_GATEWAY_BASE_URL", u.String())
	ts.Setenv("SANDBOX", u.Host)
}

// exits runs a program and wants exactly this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// holdBook holds the writer's lock of the practice till's book, as a running engine does.
func holdBook(ts *testscript.TestScript, _ bool, _ []string) {
	s, err := store.Open(context.Background(), filepath.Join(ts.Getenv("BOOK"), bookFile))
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Close()) })
}

// editBook changes an amount behind the back of the program, as somebody with a database tool would.
func editBook(ts *testscript.TestScript, _ bool, _ []string) {
	db, err := sql.Open("sqlite", filepath.Join(ts.Getenv("BOOK"), bookFile))
	ts.Check(err)
	_, err = db.Exec("UPDATE orders SET amount = amount + 1")
	ts.Check(errors.Join(err, db.Close()))
}

// damageBook turns one bit of the newest page of a table over, as an old disk does.
func damageBook(ts *testscript.TestScript, _ bool, args []string) {
	path := filepath.Join(ts.Getenv("BOOK"), bookFile)
	db, err := sql.Open("sqlite", path)
	ts.Check(err)
	var page int64
	err = db.QueryRow("SELECT max(pageno) FROM dbstat WHERE name = ?", args[0]).Scan(&page)
	ts.Check(errors.Join(err, db.Close()))
	const pageSize = 1024
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	ts.Check(err)
	one, at := make([]byte, 1), page*pageSize-100
	_, err = f.ReadAt(one, at)
	one[0] ^= 1
	_, err2 := f.WriteAt(one, at)
	ts.Check(errors.Join(err, err2, f.Close()))
}

// copyShipped puts the shipped profiles into a folder, to be changed there.
func copyShipped(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), profiles.FS))
}

// writeKey writes a new private key that no service knows.
func writeKey(ts *testscript.TestScript, _ bool, args []string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	ts.Check(err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
}

// remember puts the first group of a pattern in the last output into a variable.
func remember(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("the last output has nothing like %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

func testStreams(lang words.Lang) streams {
	return streams{in: strings.NewReader(""), out: &strings.Builder{}, err: &strings.Builder{}, lang: lang}
}

func TestFlagsMayStandAnywhere(t *testing.T) {
	app := newApp(testStreams(words.English))
	for _, row := range []struct{ name, typed, read string }{
		{"a flag behind the argument", "refund create A1 --amount 2.50", "refund create --amount 2.50 -- A1"},
		{"the till's flags behind the command", "order list --data /d -o json", "--data /d order list -o json"},
		{"a value that looks like a command", "pay --remark refund --code -", "pay --remark refund --code -"},
		{"a flag with its value attached", "refund create A1 --reason=late", "refund create --reason=late -- A1"},
		{"a switch takes no value", "pay --no-wait --amount 1", "pay --no-wait --amount 1"},
		{"an argument that looks like a flag", "order show -- --x", "order show -- --x"},
		{"an argument named like a command", "order show list", "order show -- list"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := arrange(app, append([]string{"cpos"}, strings.Fields(row.typed)...))
			if want := append([]string{"cpos"}, strings.Fields(row.read)...); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestEveryCommandExplainsItselfWithAnExample(t *testing.T) {
	for _, lang := range []words.Lang{words.English, words.Chinese} {
		var look func(path string, all []*cli.Command)
		look = func(path string, all []*cli.Command) {
			for _, c := range all {
				if c.Hidden {
					continue
				}
				name := path + " " + c.Name
				if c.Usage == "" || strings.HasPrefix(c.Usage, "cli.") {
					t.Errorf("%s: %s: no help", lang, name)
				}
				if len(c.Subcommands) == 0 && !strings.HasPrefix(c.Description, "cpos"+path+" "+c.Name) {
					t.Errorf("%s: %s: the example is %q", lang, name, c.Description)
				}
				for _, f := range c.Flags {
					if d, ok := f.(cli.DocGenerationFlag); ok && (d.GetUsage() == "" || strings.HasPrefix(d.GetUsage(), "cli.")) {
						t.Errorf("%s: %s: no help for %v", lang, name, f.Names())
					}
				}
				look(name, c.Subcommands)
			}
		}
		look("", newApp(testStreams(lang)).Commands)
	}
}

func TestEveryKnownErrorHasASentenceAndAHint(t *testing.T) {
	for _, c := range causes() {
		if c.key != "" && (!words.Known(c.key) || !words.Known(c.key+".hint")) {
			t.Errorf("%v: %s has no sentence or no hint", c.kind, c.key)
		}
		if c.code == exitDone {
			t.Errorf("%v ends like a success", c.kind)
		}
	}
}

// key finds names of the catalogue in the door's own files.
var key = regexp.MustCompile(`(?:word|say|Fail|Advise|T)\((?:[a-zA-Z]+, )?"((?:cli|run|demo)\.[a-z_.]+[a-z])"|checked\("[a-z_]+", is[A-Za-z]+, "([a-z_.]+)"`)

func TestEverySentenceOfTheDoorIsInTheCatalogue(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(text), -1) {
			want := m[1]
			if m[2] != "" {
				want = "doctor." + m[2]
			}
			found++
			if !words.Known(want) {
				t.Errorf("%s: %s is not in the catalogue", name, want)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d sentences found", found)
	}
}

func TestColumnsStandUnderEachOtherWithChinese(t *testing.T) {
	var b strings.Builder
	err := writeGrid(&b, listing{head: []string{"状态", "金额", "备注"}, right: map[int]bool{1: true},
		cells: [][]string{{"收款成功", "12.50", "a"}, {"paid", "1.00", "b"}}})
	if want := "状态       金额  备注\n收款成功  12.50  a\npaid       1.00  b\n"; err != nil || b.String() != want {
		t.Errorf("got\n%s(%v), want\n%s", b.String(), err, want)
	}
}
