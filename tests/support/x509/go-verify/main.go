// Go's verdicts on certificates and PEM texts, for tests: a JSON array of questions on stdin, a JSON array of answers on stdout.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// question asks for a path when Root is given, else how a PEM text is read.
type question struct {
	Leaf  string `json:"leaf"`
	Chain string `json:"chain"`
	Root  string `json:"root"`
	Host  string `json:"host"`
	// Milliseconds since 1970.
	At int64 `json:"at"`
	// A pair as tls.X509KeyPair reads it: the leaf, then the chain, and the key.
	Certificates string `json:"certificates"`
	Key          string `json:"key"`
	// JSON holds text only: with it, each character of the two is a byte.
	Latin1 bool `json:"latin1"`
}

// answer has an empty Refusal when Go takes it.
type answer struct {
	Refusal string `json:"refusal"`
	// How many certificates were read.
	Count int `json:"count"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]answer, 0, len(questions))
	for _, each := range questions {
		answers = append(answers, each.answer())
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		os.Exit(2)
	}
}

func (q question) answer() answer {
	if q.Root == "" {
		return q.read()
	}
	if err := q.verify(); err != nil {
		return answer{Refusal: err.Error()}
	}
	return answer{}
}

func (q question) verify() error {
	leaf, err := one(q.Leaf)
	if err != nil {
		return fmt.Errorf("leaf: %w", err)
	}
	root, err := one(q.Root)
	if err != nil {
		return fmt.Errorf("root: %w", err)
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	// As crypto/tls does: every certificate of the message must be readable.
	for rest := []byte(q.Chain); len(bytes.TrimSpace(rest)) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return errors.New("chain: not PEM")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("chain: %w", err)
		}
		intermediates.AddCert(certificate)
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		DNSName: q.Host, Roots: roots, Intermediates: intermediates, CurrentTime: time.UnixMilli(q.At),
	})
	return err
}

func one(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("not PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

func (q question) read() answer {
	if q.Key != "" {
		pair, err := tls.X509KeyPair(q.bytes(q.Certificates), q.bytes(q.Key))
		if err != nil {
			// The name of the error's kind alone would do, but its words help; none of them quotes a key.
			return answer{Refusal: strings.TrimPrefix(err.Error(), "tls: ")}
		}
		return answer{Count: len(pair.Certificate)}
	}
	count := 0
	for rest := q.bytes(q.Certificates); ; count++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return answer{Refusal: err.Error(), Count: count}
		}
	}
	if count == 0 {
		return answer{Refusal: "no certificate found"}
	}
	return answer{Count: count}
}

func (q question) bytes(text string) []byte {
	if !q.Latin1 {
		return []byte(text)
	}
	octets := make([]byte, 0, len(text))
	for _, each := range text {
		octets = append(octets, byte(each))
	}
	return octets
}
