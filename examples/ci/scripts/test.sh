#!/usr/bin/env bash
# Creates everything that the program declares, checks that a second run has nothing to do, and removes it.
set -euo pipefail
pulumi stack init test --non-interactive
pulumi config set qwilt:edgeAddress "$EDGE_ADDRESS" --stack test
pulumi up --yes --skip-preview --non-interactive --stack test
pulumi preview --expect-no-changes --non-interactive --stack test
pulumi destroy --yes --skip-preview --non-interactive --stack test
