#!/bin/sh
# Run the tests: all of them on PostgreSQL and Redis, then those marked anydb on SQLite.
# Arguments go to pytest in both runs; both run even if the first one fails.
set -u
cd "$(dirname "$0")/.." || exit 1

# tests/conftest.py names the settings once the services are up, so nothing else may before it.
DJANGO_SETTINGS_MODULE=
export DJANGO_SETTINGS_MODULE

status=0
.venv/bin/python -m pytest -n 2 --dist loadgroup -m "not slow" "$@" || status=$?

VOICECLONE_TEST_DATABASE=sqlite .venv/bin/python -m pytest -n 2 --dist loadgroup "$@" \
    -m "anydb and not slow"
sqlite=$?
if [ "$sqlite" -eq 5 ] && [ "$#" -gt 0 ]; then
    sqlite=0 # what the arguments select holds nothing that also runs on SQLite
fi

[ "$status" -ne 0 ] || status=$sqlite
exit "$status"
