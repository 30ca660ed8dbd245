#!/bin/sh
# Makes .venv ready: `sh scripts/bootstrap.sh run` for the application, `dev` for its tests too.
# It does nothing when the same pyproject.toml and uv.lock are installed already.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9  # taken by pip where there is no uv

case ${1-} in
run) groups=--no-dev ;;
dev) groups=--dev ;;
*)
    echo "usage: sh scripts/bootstrap.sh run|dev" >&2
    exit 2
    ;;
esac

say() { echo "nodriza: $*" >&2; }

fail() {
    say "$@"
    exit 1
}

# Sets `python`. The embedded graph has builds for Python 3.11 to 3.14.
find_python() {
    if [ -n "${PYTHON-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python3.14 python3.13 python3.12 python3.11 python
    fi
    found=
    for python in "$@"; do
        version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) ||
            continue
        case $version in 3.1[1-4].*) return ;; esac
        found="$found${found:+, }$python is $version"
    done
    fail "needs Python 3.11 to 3.14; found: ${found:-none}." \
        "Install one, or name it: make PYTHON=/path/to/python3.12 chat"
}

# Without pip: it is slow to put there, and Debian splits what that needs from its python3.
make_venv() {
    find_python
    say "making .venv with Python $version"
    "$python" -m venv --clear --without-pip .venv ||
        fail "$python cannot make a virtual environment (Debian, Ubuntu: apt-get install python3-venv)"
    pwd >.venv/made-in
}

# Sets `uv`: the one on PATH, else one inside .venv.
find_uv() {
    for uv in uv .venv/bin/uv; do
        if "$uv" --version >/dev/null 2>&1; then return; fi
    done
    [ -n "${python-}" ] || find_python
    say "taking uv $UV_VERSION with pip, for a fast and exact installation"
    "$python" -m pip --version >/dev/null 2>&1 ||
        fail "$python has no pip (Debian, Ubuntu: apt-get install python3-pip)"
    "$python" -m pip --python .venv/bin/python install -q --disable-pip-version-check "uv==$UV_VERSION"
    uv=.venv/bin/uv
}

content=$(cat pyproject.toml uv.lock | cksum)

# The programs of a virtual environment hold its path: one that was moved is made again.
if [ -f .venv/made-in ] && [ "$(cat .venv/made-in)" != "$(pwd)" ]; then
    say "this folder was moved: .venv is made again"
    rm -rf .venv
fi
if .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    for installed in "$1" dev; do
        [ "$(cat ".venv/installed-$installed" 2>/dev/null)" = "$content" ] && exit 0
    done
    say "bringing .venv up to date: some seconds"
else
    make_venv
    say "installing: about 1 minute the first time (680 MB on disk)"
fi
started=$(date +%s)
find_uv
[ -t 2 ] || set -- "$1" --quiet
unset VIRTUAL_ENV UV_PROJECT
mode=$1
shift
# Bytecode is compiled now, or the first start would take twice as long.
UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --frozen --inexact --compile-bytecode \
    --python .venv/bin/python "$groups" "$@"
echo "$content" >".venv/installed-$mode"
say "installed in $(($(date +%s) - started)) s"
