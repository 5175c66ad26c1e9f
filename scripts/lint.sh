#!/bin/sh
# Run every check, say which ones failed, and exit 1 if any did.
set -u
cd "$(dirname "$0")/.." || exit 1

# The checks read the settings: of the embedded default, with nothing of it left behind.
VOICECLONE_HOME=$(mktemp -d)
export VOICECLONE_HOME
trap 'rm -rf "$VOICECLONE_HOME"' EXIT
unset DATABASE_URL REDIS_URL

failed=
check() {
    name=$1
    shift
    printf '== %s\n' "$name"
    "$@" || failed="$failed, $name"
}

python=.venv/bin/python
check "ruff check" "$python" -m ruff check .
check "ruff format" "$python" -m ruff format --check .
check "mypy" "$python" -m mypy
check "lint-imports" "$python" -c 'from importlinter.cli import lint_imports_command as run; run()' --no-logo
check "missing migrations" "$python" manage.py makemigrations --check --dry-run

if [ -n "$failed" ]; then
    printf 'Failed: %s\n' "${failed#, }" >&2
    exit 1
fi
echo "All checks passed"
