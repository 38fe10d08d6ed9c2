//go:build tools

// Package tools pins actionlint, the linter of the GitHub workflows in examples/ci.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
