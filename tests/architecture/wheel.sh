#!/bin/sh
# Installs the built wheel beside PyPI's `validators`, in an environment and a folder of its own.
set -eu
python=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work" .
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements.lock
"$work/venv/bin/python" -m pip --quiet --disable-pip-version-check install validators
"$work/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps "$work"/ehr_migrate-*.whl
cp -r sample_data/riverbend sample_data/demo.sh "$work"
cd "$work"
./venv/bin/python -c "import validators; assert validators.email('a@example.org')"
SAMPLE="$work/riverbend" sh demo.sh ./venv/bin/ehr-migrate demo >demo.out
tail -3 demo.out
