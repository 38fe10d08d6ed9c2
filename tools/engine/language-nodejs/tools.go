//go:build tools

// Package tools pins Pulumi's language host for Node: sdk/v3 v3.68.0 is the last release that the module proxy serves it in.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
