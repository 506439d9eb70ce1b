package cloudpay

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"
)

// minKeyBits is the size the service's signature type names (RSASSA-PSS-2048-SHA256).
const minKeyBits = 2048

// authenCode is the upper-case hex HMAC-SHA256 of the exact text. The key is used as the text it is,
// neither decoded nor changed in case.
func authenCode(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
}

// authentic compares in constant time. Lower case is accepted, for hex is hex.
func authentic(key []byte, text, code string) bool {
	got, err := hex.DecodeString(code)
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hmac.Equal(got, mac.Sum(nil))
}

// sign is the base64 RSASSA-PSS signature over SHA-256 with the longest salt the key has room for.
func sign(key *rsa.PrivateKey, text string) (string, error) {
	digest := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto})
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// Causes of a private key that cannot be used. None of them repeats a byte of the key.
var (
	errKeyNotPEM    = errors.New("no PEM block in it")
	errKeyEncrypted = errors.New("it is protected by a passphrase")
	errKeyNotRSA    = errors.New("it is no RSA key")
	errKeyShort     = errors.New("it is shorter than 2048 bits")
	errKeyPublic    = errors.New("it is a public key or a certificate")
	errKeyBroken    = errors.New("its content is damaged")
)

// parseKey reads a PEM private key in PKCS#8 or PKCS#1 form.
func parseKey(text []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(bytes.TrimSpace(text))
	if block == nil {
		return nil, errKeyNotPEM
	}
	var key *rsa.PrivateKey
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
		return nil, errKeyEncrypted
	case block.Type == "PRIVATE KEY":
		any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, errKeyBroken
		}
		k, ok := any.(*rsa.PrivateKey)
		if !ok {
			return nil, errKeyNotRSA
		}
		key = k
	case block.Type == "RSA PRIVATE KEY":
		k, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, errKeyBroken
		}
		key = k
	case strings.HasSuffix(block.Type, "PUBLIC KEY") || block.Type == "CERTIFICATE":
		return nil, errKeyPublic
	default:
		return nil, errKeyNotRSA
	}
	if key.N.BitLen() < minKeyBits {
		return nil, errKeyShort
	}
	return key, nil
}
