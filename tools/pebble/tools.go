//go:build tools

// Package tools pins Pebble, the ACME server that the emulator's ACME client is tested against, and its DNS helper.
package tools

import (
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble"
	_ "github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv"
)
