#!/usr/bin/env bash
# with-emulator.sh COMMAND...: runs the command with a new qwilt-emulator in place of Qwilt, and a local folder in place of
# Pulumi's service. No secrets are needed. EDGE_ADDRESS is the address of the emulated edge, for `qwilt:edgeAddress`.
set -euo pipefail
folder=$(mktemp -d)
mkdir "$folder/state"
# Not by npx: it would not pass the signal on to the emulator.
node_modules/.bin/qwilt-emulator >"$folder/started.json" &
emulator=$!
trap 'kill "$emulator" 2>/dev/null || true; wait "$emulator" 2>/dev/null || true; rm -rf "$folder"' EXIT
until [ -s "$folder/started.json" ]; do
  kill -0 "$emulator" 2>/dev/null || { echo "the emulator did not start" >&2; exit 1; }
  sleep 0.2
done
# The first line that the emulator prints is JSON.
started() { node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8").split("\n")[0])[process.argv[2]]' "$folder/started.json" "$1"; }
QWILT_ENDPOINT=$(started api) QWILT_API_KEY=$(started apiKey) EDGE_ADDRESS=$(started edge)
PULUMI_BACKEND_URL=file://$folder/state PULUMI_CONFIG_PASSPHRASE=test
export QWILT_ENDPOINT QWILT_API_KEY EDGE_ADDRESS PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE
"$@"
