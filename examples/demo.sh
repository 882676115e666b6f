#!/bin/sh
# From a script that does not learn to one that does, in a temporary folder: check, diff, apply, verify.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$here/digits.py" "$folder/"
cd "$folder"

# run EXPECTED COMMAND...: show the command, run it, show its exit status, and insist on the one that is expected.
run() {
    expected=$1
    shift
    printf '\n$ %s\n' "$*"
    status=0
    "$@" || status=$?
    printf '(exit status %s)\n' "$status"
    [ "$status" -eq "$expected" ] || { printf 'demo: expected exit status %s\n' "$expected" >&2; exit 1; }
}

run 0 python digits.py
run 1 fixer check digits.py
run 1 fixer diff --unsafe digits.py
run 0 fixer verify digits.py
run 0 fixer apply --unsafe digits.py
run 0 fixer check digits.py
run 0 python digits.py
