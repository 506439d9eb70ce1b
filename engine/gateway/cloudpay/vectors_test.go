package cloudpay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cpos/engine/gateway"
)

// vectorKey is the key of vectors 1 to 3.
const vectorKey = "cpos-sandbox-authen-key-00000001"

func vector(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestVectors1And2And4HMAC(t *testing.T) {
	v1, v2, v2escaped, v4 := vector(t, "cloudpay-v1.content"), vector(t, "cloudpay-v2.content"),
		vector(t, "cloudpay-v2-escaped.content"), vector(t, "cloudpay-v4.content")
	for _, row := range []struct{ name, key, text, want string }{
		{"plain request", vectorKey, v1, "556C5484257EE720C8A849CD7EF63A114C6F1E0112A791EEB8C2215F0847DACE"},
		{"with the line feed of a C++ writer", vectorKey, v1 + "\n", "77B908FA716A891E00B4485B0F81B88E03889EB3249BBFE70A461B13F02E4495"},
		{"Chinese as it is", vectorKey, v2, "92CD56F011CD44D728726F12AF18B4A20ABA1C73F9E7C35A26FC77ED8435F5CD"},
		{"Chinese as escapes", vectorKey, v2escaped, "81EE346BBEC564B31AC2820A11DA49511A9ECA55F8E2693A32985042EE25DC83"},
		{"key is text in lower case", "c852274d372982d5530b692fd77124d3", v4, "E0CA8FDA56464BDF702FCA1AE9692EB99483E065879247763B3A46B576EBF5AC"},
		{"key in upper case is another key", "C852274D372982D5530B692FD77124D3", v4, "70D1131FC37B4F8964A3076F7538A0D27BEB2D8A6F50DE2F3D991C5925DA2FE0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := authenCode([]byte(row.key), row.text); got != row.want {
				t.Errorf("code %s, want %s", got, row.want)
			}
			if !authentic([]byte(row.key), row.text, row.want) || !authentic([]byte(row.key), row.text, strings.ToLower(row.want)) {
				t.Error("own code is not accepted in both cases")
			}
			if authentic([]byte(row.key), row.text+" ", row.want) || authentic([]byte(row.key), row.text, "") ||
				authentic([]byte(row.key), row.text, row.want[:62]) || authentic([]byte(row.key), row.text, row.want+"zz") {
				t.Error("a wrong code is accepted")
			}
		})
	}
}

func TestVector3AnswerIsAuthenticOverItsEscapes(t *testing.T) {
	raw := vector(t, "cloudpay-v3.answer")
	o, err := openEnvelope([]byte(raw), []byte(vectorKey))
	if err != nil || !o.signed {
		t.Fatalf("signed %v, error %v", o.signed, err)
	}
	if len(o.content) != 162 || !strings.Contains(o.content, `\u64CD\u4F5C`) {
		t.Errorf("content of %d bytes: %s", len(o.content), o.content)
	}
	a, err := (&Gateway{authKey: []byte(vectorKey)}).open([]byte(raw))
	if err != nil || a.Status != 0 || a.LogID != 3637968353 || a.Text != "操作成功。" {
		t.Errorf("%+v %v", a, err)
	}
	// The code of the same document with real Chinese in it belongs to other bytes.
	other := strings.Replace(raw, "9976D1F502285D6E137645D31D502E188A5D160D5539EC78C5B095C938DA75F4",
		"27C9A5FC308E7F202467847EC1C7C34D86A820D9860050F5806A58051776EC64", 1)
	if _, err := openEnvelope([]byte(other), []byte(vectorKey)); !errors.Is(err, errForged) {
		t.Errorf("re-serialised code: %v", err)
	}
}

// verify is the verifier of vector 5: PSS over SHA-256 with a salt of exactly 222 bytes.
func verify(key *rsa.PublicKey, text, signature string) error {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(text))
	return rsa.VerifyPSS(key, crypto.SHA256, digest[:], sig, &rsa.PSSOptions{SaltLength: 222})
}

func TestVector5SignatureHasTheLongestSalt(t *testing.T) {
	text := vector(t, "cloudpay-v5.content")
	block, _ := pem.Decode([]byte(vector(t, "cloudpay-v5.pem")))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(public.(*rsa.PublicKey), text, strings.TrimSpace(vector(t, "cloudpay-v5.sig"))); err != nil {
		t.Fatalf("the vector itself: %v", err)
	}
	key := newKey(t)
	signature, err := sign(key, text)
	if err != nil || len(signature) != 344 {
		t.Fatalf("%d characters, error %v", len(signature), err)
	}
	if err := verify(&key.PublicKey, text, signature); err != nil {
		t.Errorf("own signature under the vector's rules: %v", err)
	}
	if verify(&key.PublicKey, text+"\n", signature) == nil {
		t.Error("a signature over other bytes is accepted")
	}
}

func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestPrivateKeyForms(t *testing.T) {
	key := newKey(t)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pkix, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	ed, err := x509.MarshalPKCS8PrivateKey(newEd25519(t))
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PrivateKey(key)
	good8 := pemOf("PRIVATE KEY", pkcs8)
	for _, row := range []struct {
		name string
		text []byte
		want error
	}{
		{"PKCS#8", good8, nil},
		{"PKCS#1", pemOf("RSA PRIVATE KEY", pkcs1), nil},
		{"with blank lines and Windows line ends", []byte("\r\n\r\n" + strings.ReplaceAll(string(good8), "\n", "\r\n")), nil},
		{"no PEM", []byte("MIIEvQIBADANBg"), errKeyNotPEM},
		{"damaged", pemOf("PRIVATE KEY", pkcs8[:100]), errKeyBroken},
		{"damaged PKCS#1", pemOf("RSA PRIVATE KEY", pkcs1[:100]), errKeyBroken},
		{"public key", pemOf("PUBLIC KEY", pkix), errKeyPublic},
		{"certificate", pemOf("CERTIFICATE", pkix), errKeyPublic},
		{"with a passphrase", pemOf("ENCRYPTED PRIVATE KEY", pkcs8), errKeyEncrypted},
		{"not RSA", pemOf("PRIVATE KEY", ed), errKeyNotRSA},
		{"EC", pemOf("EC PRIVATE KEY", ed), errKeyNotRSA},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := parseKey(row.text)
			if !errors.Is(err, row.want) {
				t.Fatalf("error %v, want %v", err, row.want)
			}
			if row.want == nil && !got.Equal(key) {
				t.Error("another key came out")
			}
		})
	}
}

func pkcs1Of(t testing.TB) []byte { return pkcs1From(newKey(t)) }

func pkcs1From(key *rsa.PrivateKey) []byte { return x509.MarshalPKCS1PrivateKey(key) }

// envOfVectors is a till that calls nobody.
func envOfVectors() gateway.Env {
	return gateway.Env{Store: "shop", Device: "01", Clerk: "1001", Options: map[string]string{
		"out_mch_id": "mch", "out_sub_mch_id": "sub", "auth_key": vectorKey, "machine_no": "M1",
	}}
}
