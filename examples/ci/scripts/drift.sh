#!/usr/bin/env bash
# Compares the state of STACK with what exists at Qwilt, and fails if they differ. It changes neither, and does not run
# the program: no certificate files and no private keys are needed.
set -uo pipefail
mkdir -p ci-report
rm -f ci-report/report.txt
drift=0
pulumi refresh --preview-only --expect-no-changes --json --non-interactive --stack "$STACK" >ci-report/refresh.json || drift=$?
if [ "$drift" -eq 0 ]; then
  echo "No drift: $STACK matches what exists at Qwilt." >ci-report/report.txt
else
  {
    echo "**The state of $STACK and Qwilt differ, or could not be compared.** The log of this job lists the resources."
    echo
    npx --no-install pulumi-qwilt report ci-report/refresh.json || echo "\`pulumi refresh\` of $STACK failed."
  } >ci-report/report.txt
fi
tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}" <ci-report/report.txt
exit "$drift"
