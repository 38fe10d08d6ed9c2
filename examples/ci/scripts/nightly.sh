#!/usr/bin/env bash
# Renews what is due: previews STACK, and runs `pulumi up` if nobody has to decide. The report and the result are in
# ci-report/report.txt and in the job summary. FAIL_ON=stop also runs changes whose risk is "review".
set -uo pipefail
code=0
FAIL_ON=${FAIL_ON:-review} bash "$(dirname "$0")/preview.sh" || code=$?
if [ "$code" -ne 0 ]; then
  result="**Nothing was changed.** The preview failed, or a person has to decide: see the report."
  printf '\n### Result of %s\n\n%s\n' "$STACK" "$result" >ci-report/result.txt
else
  pulumi up --yes --skip-preview --non-interactive --color never --stack "$STACK" 2>&1 | tee ci-report/up.txt
  code=${PIPESTATUS[0]}
  result="\`pulumi up\` succeeded."
  if [ "$code" -ne 0 ]; then result="**\`pulumi up\` failed (exit code $code).**"; fi
  # The last lines name each resource with what was done, or the error and its remedy.
  { printf '\n### Result of %s\n\n%s\n\n~~~~text\n' "$STACK" "$result"; tail -n 80 ci-report/up.txt | tail -c 20000; printf '\n~~~~\n'; } >ci-report/result.txt
fi
cat ci-report/result.txt >>ci-report/report.txt
tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}" <ci-report/result.txt
exit "$code"
