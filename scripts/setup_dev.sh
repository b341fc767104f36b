#!/bin/sh
# Installs what the tests, the experiments and the benchmarks need beside what scripts/setup.sh
# installs. Safe to run again.
set -eu
cd "$(dirname "$0")/.."
. scripts/apt.sh

# Spark runs in Java; the tests of the page drive Chromium, which Ubuntu has as a snap alone.
missing=""
command -v java >/dev/null || missing="$missing default-jre-headless"
if grep -q '^ID=debian' /etc/os-release && ! command -v chromium >/dev/null; then
    missing="$missing chromium"
fi
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086 - a list of packages
    apt_install $missing >/dev/null || echo "Without$missing some tests will be skipped"
fi

.venv/bin/python -m pip --disable-pip-version-check install -q -r requirements-dev.txt
# The emulator of Azure's store, for the tests, which skip it without Node.js.
azurite=.venv/bin/azurite-blob
if [ ! -e $azurite ] && command -v npm >/dev/null; then
    npm install --silent --no-audit --no-fund --prefix .venv/azurite azurite@3.35.0 &&
        ln -s ../azurite/node_modules/.bin/azurite-blob $azurite ||
        echo "Without azurite a test will be skipped"
fi
# It asks for a Typer that spaCy has left behind, and runs with today's.
.venv/bin/python -m pip --disable-pip-version-check install -q --no-deps \
    spacy-huggingface-hub==0.0.10
