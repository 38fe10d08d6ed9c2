//go:build tools

// Package tools pins the language hosts of Go and Python. Newer releases of them are modules of their own.
package tools

import (
	_ "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go"
	_ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
)
