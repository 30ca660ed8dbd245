#!/bin/sh
# Installs what the tests of browser, PostgreSQL, Neo4j and llama.cpp need. `make deps` runs it.
# With apt-get it installs what is missing; elsewhere it says what to install by hand.
set -eu
cd "$(dirname "$0")/.."

say() { echo "nodriza: $*" >&2; }

# Whether there is a Java for Neo4j, looked for where Neo4j's launcher looks.
java_from() {
    .venv/bin/python -c 'import sys; from scripts.neo4j_server import find_java
find_java(*map(int, sys.argv[1:]))' "$@" 2>/dev/null
}

in_apt() { apt-cache show "$1" >/dev/null 2>&1; }

java_package() {
    for number in 17 21; do
        if in_apt "openjdk-$number-jre-headless"; then
            echo "openjdk-$number-jre-headless"
            return
        fi
    done
    echo "openjdk-17-jre-headless"
}

has_postgres() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }

missing() {
    [ -x /usr/bin/chromium ] || echo chromium
    java_from 17 21 || echo java
    command -v mvn >/dev/null || echo maven
    has_postgres || echo postgresql
    command -v c++ >/dev/null || echo g++
    [ -x /usr/sbin/haproxy ] || command -v haproxy >/dev/null || echo haproxy
}

packages() {
    for name in "$@"; do
        [ "$name" = java ] && name=$(java_package)
        printf ' %s' "$name"
    done
}

install_packages() {
    sudo=
    if [ "$(id -u)" != 0 ]; then
        sudo=sudo
        if ! command -v sudo >/dev/null; then
            say "not root and no sudo: ask an administrator to run: apt-get install$(packages "$@")"
            exit 1
        fi
    fi
    say "refreshing apt's lists: some seconds"
    $sudo apt-get update -qq
    say "installing$(packages "$@"): 1 to 3 minutes"
    # shellcheck disable=SC2046 # a list of names
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        $(packages "$@") </dev/null
}

wanted=$(missing | tr "\n" " ")
if [ -z "$wanted" ]; then
    say "Chromium, Java, Maven, PostgreSQL, HAProxy and a C++ compiler are there"
elif command -v apt-get >/dev/null; then
    # shellcheck disable=SC2086 # a list of names
    install_packages $wanted
else
    say "install by hand, then run make deps again: $wanted"
    say "  chromium    Chromium, at /usr/bin/chromium (tests of the pages)"
    say "  java        a Java 17 or 21, https://adoptium.net (Neo4j)"
    say "  maven       Apache Maven, the command mvn (downloads Neo4j)"
    say "  postgresql  PostgreSQL's server, with initdb on PATH (tests of the record)"
    say "  g++         a C++ compiler, the command c++ (llama-cpp-python)"
    say "  haproxy     HAProxy 2.6 or newer, on PATH (test of two replicas)"
    exit 1
fi

.venv/bin/python -m scripts.neo4j_server fetch --version 5.26.30
if ! java_from 21; then
    # Debian 12 has none, but the embedded graph brings a Java 25 that the newest Neo4j runs on.
    JAVA_HOME=$(sh scripts/embedded_java.sh)
    export JAVA_HOME
fi
if java_from 21; then
    .venv/bin/python -m scripts.neo4j_server fetch --version 2026.09.0
else
    say "no Java 21 or newer: the tests run on Neo4j 5.26 only"
fi

sh scripts/llama_wheel.sh
