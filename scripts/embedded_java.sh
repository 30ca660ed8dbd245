#!/bin/sh
# Prints the folder of the Java that the embedded graph's wheel brings; nothing where there is none.
cd "$(dirname "$0")/.." || exit
for java in "$PWD"/.venv/lib/python3.*/site-packages/arcadedb_embedded/jre/bin/java; do
    if [ -x "$java" ]; then
        dirname "$(dirname "$java")"
        exit
    fi
done
