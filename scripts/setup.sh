#!/bin/sh
# Environment from the lock and a headless Chromium, into .venv/. Safe to run again: reuses what is there.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE || true     # without bytecode every start would compile a thousand modules

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

stamp=$(cat requirements.lock pyproject.toml | sha256sum 2>/dev/null | cut -d' ' -f1) || stamp=""
[ -n "$stamp" ] || stamp=$(cat requirements.lock pyproject.toml | shasum -a 256 | cut -d' ' -f1)

if [ -x .venv/bin/cryptodrug ] && [ "$(cat .venv/.setup-stamp 2>/dev/null || true)" = "$stamp" ]; then
    say "environment: reused (.venv is up to date with requirements.lock)"
else
    python=""
    for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13 python3.14; do
        if command -v "$candidate" >/dev/null 2>&1 \
            && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || fail "no Python 3.11 or newer found; install one (apt-get install python3 / brew install python) or set PYTHON"

    if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        say "environment: creating .venv with $($python --version)"
        rm -rf .venv
        if ! "$python" -m venv .venv >/dev/null 2>&1; then
            rm -rf .venv
            # Debian ships venv as a package of its own.
            if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
                say "environment: python3-venv is missing, installing it with apt"
                { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv; } >/dev/null \
                    || fail "apt could not install python3-venv; install it by hand and run this again"
                "$python" -m venv .venv || fail "could not create .venv with $python"
            else
                fail "could not create .venv; install the venv module (apt-get install python3-venv) and run this again"
            fi
        fi
    fi
    say "environment: installing the locked packages (a minute or two)"
    pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"
    # The lock is complete and hashed, so nothing is left to resolve.
    PIP_ROOT_USER_ACTION=ignore $pip install --no-deps --require-hashes --no-compile -r requirements.lock
    PIP_ROOT_USER_ACTION=ignore $pip install --no-deps --no-build-isolation -e .
    # Where the shell forbids writing bytecode (as some images do) it would be made anew at every start, for seconds.
    .venv/bin/python -m compileall -q -j 0 -x '/(tests?|pip|setuptools)/' .venv/lib cryptodrug_assets >/dev/null 2>&1 || true
    printf '%s' "$stamp" > .venv/.setup-stamp
fi
.venv/bin/cryptodrug browser --install
