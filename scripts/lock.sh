#!/bin/sh
# Compile the locks from pyproject.toml. The lock of dev agrees with that of run in every pin,
# so that one .venv serves both.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."

if ! command -v uv >/dev/null 2>&1; then
    echo "voiceclone: uv is needed to compile the locks: run 'pipx install uv' and try again" >&2
    exit 1
fi

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-annotate "$@"
}

compile pyproject.toml -o requirements/run.txt
compile pyproject.toml --extra dev -c requirements/run.txt -o requirements/dev.txt
