//go:build tools

// Package tools pins the Pulumi CLI: go.mod names its version, go.sum the checksum of every module in it.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
