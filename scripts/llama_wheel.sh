#!/bin/sh
# Installs llama-cpp-python and its server into .venv: models in this process, `nodriza llm serve`.
# PyPI has only its source. It is compiled once into a wheel that is kept; CMAKE_ARGS says otherwise
# how (a GPU: CMAKE_ARGS=-DGGML_CUDA=on), and has a wheel of its own.
set -eu
cd "$(dirname "$0")/.."

: "${CMAKE_ARGS=-DLLAVA_BUILD=OFF -DGGML_NATIVE=OFF}"  # not native: the wheel may go to an image
export CMAKE_ARGS
kept=${XDG_CACHE_HOME:-$HOME/.cache}/nodriza/llama-cpp-python/$(echo "$CMAKE_ARGS" | cksum | cut -d" " -f1)

say() { echo "nodriza: $*" >&2; }

# The uv that bootstrap.sh found or took.
for uv in uv .venv/bin/uv; do
    if "$uv" --version >/dev/null 2>&1; then break; fi
done
unset VIRTUAL_ENV UV_PROJECT
export UV_PROJECT_ENVIRONMENT=.venv

# The line of the lock file, with the hashes of what is downloaded.
locked() {
    "$uv" export --quiet --frozen --no-dev --extra llama --no-annotate --no-header |
        sed -n '/^llama-cpp-python==/,/[^\\]$/p'
}

version=$(locked | sed -n 's/^llama-cpp-python==\([^ ]*\).*/\1/p')
if .venv/bin/python - "$version" <<'PYTHON' 2>/dev/null
import importlib.metadata, sys
import starlette_context, sse_starlette
sys.exit(importlib.metadata.version("llama-cpp-python") != sys.argv[1])
PYTHON
then
    say "llama-cpp-python $version is there"
    exit
fi

wheel() { find "$kept" -name "llama_cpp_python-$version-*.whl" 2>/dev/null | head -n 1; }

if [ -z "$(wheel)" ]; then
    command -v c++ >/dev/null || {
        say "no C++ compiler (c++): llama-cpp-python cannot be compiled"
        exit 1
    }
    say "compiling llama-cpp-python $version: about 8 minutes on two processors, once"
    say "  the wheel is kept in $kept"
    mkdir -p "$kept"
    building=$(mktemp -d)
    trap 'rm -rf "$building"' EXIT
    locked >"$building/requirements.txt"
    nice "$uv" tool run --quiet --python .venv/bin/python pip wheel --quiet --no-deps --require-hashes \
        --requirement "$building/requirements.txt" --wheel-dir "$building"
    mv "$building"/llama_cpp_python-*.whl "$kept"
fi
"$uv" sync --quiet --frozen --inexact --python .venv/bin/python --no-dev --extra llama \
    --no-install-package llama-cpp-python
"$uv" pip install --quiet --python .venv/bin/python --no-deps "$(wheel)"
say "llama-cpp-python $version is installed"
