"""Whether a query that nobody of us wrote only reads.

The model never writes Cypher (one study baseline does). What it writes is looked at here before the
server sees it; the server is then asked in a transaction that is undone (tools/store.py).
"""

import re

from tools.errors import QueryRefused

_APART = re.compile(
    r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`]|``)*`|//[^\n]*|/\*.*?\*/", re.DOTALL
)
"""Texts, quoted names and comments: no word in them does anything."""
_BEGINS = ("MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN")
_FORBIDDEN = frozenset(
    word
    for line in (
        "ALTER CALL CREATE DELETE DENY DETACH DROP DRYRUN ENABLE EXPLAIN FOREACH GRANT INSERT LOAD",
        "MERGE PROFILE REMOVE RENAME REVOKE SET SHOW START STOP TERMINATE USE",
    )
    for word in line.split()
)
"""Words of clauses that change something, or reach out of the graph."""


def check_only_reads(cypher: str) -> None:
    """Raise QueryRefused, saying what is not allowed, unless the query can only read."""
    if re.search(r"\\u", cypher, re.IGNORECASE):
        # They may be read as quotes before anything else is.
        raise QueryRefused(r"no \u escapes: write the letters themselves")
    bare = _APART.sub(" ", cypher).strip().rstrip(";")
    for mark in ("'", '"', "`", ";", "/*"):
        if mark in bare:
            raise QueryRefused(f"one well-formed query: {mark!r} is not closed or not allowed")
    found = [word.upper() for word in re.findall(r"[^\W\d]\w*", bare)]
    if not found or found[0] not in _BEGINS:
        raise QueryRefused(f"a query begins with one of {', '.join(_BEGINS)}")
    if forbidden := [word for word in found if word in _FORBIDDEN]:
        raise QueryRefused(
            f"{forbidden[0]} is not allowed: the graph can only be read"
            " (a name that is written so stands in backticks)"
        )
