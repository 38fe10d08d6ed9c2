#!/usr/bin/env bash
# Previews STACK and writes ci-report/report.txt, also to the job summary. FAIL_ON: "stop" (default) fails if `pulumi up` would
# fail; "review" also fails if a person has to decide.
set -uo pipefail
mkdir -p ci-report
rm -f ci-report/report.txt
preview=0
pulumi preview --json --show-sames --non-interactive --stack "$STACK" >ci-report/preview.json || preview=$?
report=0
npx --no-install pulumi-qwilt report --fail-on "${FAIL_ON:-stop}" --output ci-report/report.txt ci-report/preview.json || report=$?
if [ ! -f ci-report/report.txt ]; then
  echo "**\`pulumi preview\` of $STACK failed.** The log of the job shows why." >ci-report/report.txt
fi
tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}" <ci-report/report.txt
if [ "$preview" -ne 0 ]; then exit "$preview"; fi
exit "$report"
