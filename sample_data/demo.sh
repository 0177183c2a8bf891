#!/bin/sh
# The whole way on the sample practice: demo.sh COMMAND FOLDER (the folder is made anew).
set -eu
command=$1
work=$2
sample=${SAMPLE:-$(dirname "$0")/riverbend}
run() { "$command" -C "$work" "$@"; }

rm -rf "$work"
"$command" init "$work" --from "$sample/export" --profile riverbend-csv \
  --name "Riverbend Family Medicine" --timezone America/Chicago \
  --exported-at 2026-01-15T18:00:00-06:00 \
  --controls "$sample/controls.csv" --accepted "$sample/accepted.csv" >/dev/null
echo "Riverbend Family Medicine: a fictional practice, from its CSV export to a verified record."
echo
echo "1. rehearse (extract, map, validate, reconcile, report, plan)"
run dry-run --quiet >/dev/null
echo "2. sign: for this demonstration only, an invented clinician accepts the listed findings"
run sign --as "Ada Example (demonstration)" --role clinical --quiet >"$work/signed.txt"
echo "   accepted by name: $(grep -c '^accepted: ' "$work/signed.txt") findings, listed in $work/signed.txt"
echo "3. load into the embedded target"
run load --quiet
echo "4. read everything back and compare"
run verify --quiet
echo "5. reconcile"
echo
run reconcile --quiet
run report --quiet
