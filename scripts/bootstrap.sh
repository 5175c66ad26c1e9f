#!/bin/sh
# Make or mend .venv from the locked requirements: bootstrap.sh run|dev
#
# "run" is what the service needs; "dev" is that and the tools for tests and checks. With dev,
# and with run where VOICECLONE_ENGINE is chatterbox, comes PyTorch and what that engine needs:
# the build for CPUs, or the one for CUDA where nvidia-smi finds a GPU. TORCH_INDEX names the
# index to take PyTorch from, such as https://download.pytorch.org/whl/cpu. The stamp
# in .venv is written last, so a call that finds it has nothing to do, and an install that was
# cut short is begun anew. PYTHON names the interpreter; without it the newest one we know wins.
#
# Only a .venv that this script made is changed. One that cannot stay is moved to .venv.old, and
# removed once its successor is complete.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."

level=${1:-}
stamp=.venv/.installed
unfinished=.venv/.unfinished
old=.venv.old
cpu_index=https://download.pytorch.org/whl/cpu

fail() {
    printf 'voiceclone: %s\n' "$1" >&2
    exit 1
}

case $level in
run | dev) ;;
*) fail "usage: scripts/bootstrap.sh run|dev" ;;
esac

case $level:${VOICECLONE_ENGINE:-} in
dev:* | run:chatterbox) engine=chatterbox-cpu ;;
*) engine= ;;
esac

# Which Python an interpreter is, the same inside and outside of a virtual environment.
identity() {
    "$1" -E -S -c 'import sys; print("%d.%d %s" % (sys.version_info[:2] + (sys.base_prefix,)))' 2>/dev/null
}

is_new_enough() {
    "$1" -E -S -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# What the stamp says once a level is installed: the lock, the Python and the place, for a
# .venv that was moved has scripts that point to where it was.
line_for() {
    printf '%s %s %s %s' "$1" "$(cksum <"requirements/$1.txt")" "$have" "$(pwd -P)"
}

has_line() {
    grep -qxF "$(line_for "$1")" "$stamp" 2>/dev/null
}

is_done() {
    [ -n "$have" ] && [ ! -e "$unfinished" ] && has_line "$level" && { [ -z "$engine" ] || has_line "$engine"; }
}

# Ends where .venv is not ours to change: a link leads to somebody else's.
check_ours() {
    if [ -L .venv ]; then
        fail ".venv is a link, and this script changes no other folder: remove the link and try again"
    fi
    if [ -e .venv ] && [ ! -e "$stamp" ] && [ ! -e "$unfinished" ] && ! rmdir .venv 2>/dev/null; then
        fail ".venv was not made by this script: move it away and try again"
    fi
}

# Sets $have to the identity of a .venv that can stay, or to nothing.
inspect() {
    have=$(identity .venv/bin/python) && is_new_enough .venv/bin/python || have=
    if [ -n "${PYTHON:-}" ] && [ "$have" != "$(identity "$PYTHON")" ]; then
        have=
    fi
}

# Sets $python to the interpreter under any virtual environment that is active.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3.13 python3.12 python3.11 python3
    fi
    too_old= without_venv=
    for candidate; do
        version=$("$candidate" -E -S -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if ! is_new_enough "$candidate"; then
            too_old="$candidate is $version"
        elif ! "$candidate" -E -c 'import ensurepip, venv' 2>/dev/null; then
            without_venv=${without_venv:-$version}
        else
            python=$("$candidate" -E -c 'import sys; print(sys._base_executable)')
            return
        fi
    done
    [ -z "$without_venv" ] || fail "Python $without_venv has no working venv module: run 'apt install python$without_venv-venv' (Debian, Ubuntu) and try again"
    [ -z "$too_old" ] || fail "Python 3.11 or newer is needed, but $too_old: install a newer one, or name it with PYTHON=/path/to/python3"
    [ -z "${PYTHON:-}" ] || fail "PYTHON=$PYTHON does not run: name a Python 3.11 or newer"
    fail "no Python was found: run 'apt install python3 python3-venv' (Debian, Ubuntu), or name one with PYTHON=/path/to/python3"
}

check_ours
inspect
if is_done; then
    exit 0
fi
find_python
{ [ -w . ] && { [ ! -e .venv ] || [ -w .venv ]; }; } || fail "no permission to write to $(pwd -P)/.venv"

# One install at a time: the lock lies on this file, is held by the open descriptor, and goes
# with the last process that has it, pip included. Where a file system has no locks, do without.
exec 9<scripts/bootstrap.sh
"$python" -E -S -c '
import fcntl
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("Waiting for another install in this folder", flush=True)
    fcntl.flock(9, fcntl.LOCK_EX)
except OSError:
    pass
'
check_ours
inspect
if is_done; then
    exit 0
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -e "$unfinished" ] || { [ -e "$stamp" ] && ! grep -qF " $have $(pwd -P)" "$stamp"; }; then
    have=
fi
if [ -z "$have" ]; then
    printf 'Making .venv with Python %s\n' "$("$python" -E -S -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')"
    if [ -e .venv ]; then
        rm -rf "$old"
        mv .venv "$old"
    fi
    mkdir .venv
    : >"$unfinished"
    if ! "$python" -E -m venv .venv >"$log" 2>&1; then
        cat "$log" >&2
        fail "the virtual environment could not be made: see above"
    fi
    have=$(identity .venv/bin/python)
fi

printf 'Installing requirements/%s.txt, which takes about a minute the first time\n' "$level"
: >"$unfinished"
rm -f "$stamp"
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_CONSTRAINT PIP_REQUIREMENT
install() {
    if .venv/bin/python -I -m pip install --quiet --disable-pip-version-check --no-input \
        --retries 2 --only-binary :all: "$@" >"$log" 2>&1; then
        return
    fi
    if grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Connection (refused|reset)|Network is unreachable' "$log"; then
        rm -f "$unfinished" # pip downloads all before it installs any
        fail "packages could not be downloaded: the package index does not answer; check the network and try again"
    fi
    if grep -q 'No space left on device' "$log"; then
        fail "packages could not be installed: no space left on the disk"
    fi
    cat "$log" >&2
    fail "packages could not be installed: pip's reason is above"
}

# The locks are complete, so nothing is left to resolve; wheels only, since no compiler is promised.
install --require-hashes --no-deps -r "requirements/$level.txt"
if [ -n "$engine" ]; then
    printf 'Installing PyTorch and requirements/%s.txt, which takes some minutes and about 2 GB the first time\n' "$engine"
    if nvidia-smi -L >/dev/null 2>&1; then
        install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch==2.11.0
    else
        install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} --no-deps torch==2.13.0
    fi
    install --no-deps -r "requirements/$engine.txt"
    # Without an index of one's own, most are given the build for CUDA, which starts only beside
    # gigabytes of CUDA: then PyTorch's own index of CPU builds has the right one.
    if [ -z "${TORCH_INDEX:-}" ] && ! .venv/bin/python -I -c 'import torch' >/dev/null 2>&1; then
        install --index-url "$cpu_index" --no-deps --force-reinstall torch==2.13.0
    fi
    if ! .venv/bin/python -I -c 'import torch' >"$log" 2>&1; then
        tail -n 1 "$log" >&2
        fail "PyTorch does not start: take its build for CPUs with TORCH_INDEX=$cpu_index"
    fi
fi
{
    line_for run && echo
    [ "$level" = run ] || { line_for dev && echo; }
    [ -z "$engine" ] || { line_for "$engine" && echo; }
} >"$stamp"
rm -f "$unfinished"
rm -rf "$old"
