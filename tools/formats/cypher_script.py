"""A tree as a plain Cypher script, which makes in any Neo4j the graph that TreeStore.load makes.

    cypher-shell -u neo4j --file arbol.cypher

The queries are those of tools/cypher with their parameters written out; every statement ends
with a semicolon at the end of a line.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.formats.whole import write_file
from tools.queries import query, query_names
from tools.rows import rows_of, tree_row
from tools.tree import Tree

_ROWS_A_STATEMENT = 200
_HEADER = """\
// {title}, version {version}: {nodes} nodes.
// Run it in an empty database, or beside other versions. Until its last statement nobody uses the
// version; that one puts it into use. A database that holds the version already refuses to have it
// twice, at the first statement after the constraints and indexes.

"""


def write_cypher(tree: Tree, path: Path) -> None:
    """Write the script to `path`. Raises TreeError when it cannot be written."""
    header = _HEADER.format(
        title=" ".join(tree.title.split()), version=tree.version, nodes=len(tree.nodes)
    )
    body = "".join(f"{statement};\n\n" for statement in cypher_statements(tree, datetime.now(UTC)))
    write_file(path, header + body)


def cypher_statements(tree: Tree, loaded_at: datetime) -> Iterator[str]:
    """The statements, without semicolons, in the order in which they must run, each committed."""
    for name in query_names():
        if name.startswith(("constrain_", "index_")):
            yield query(name)
    yield _written_out("create_tree", properties=tree_row(tree, loaded_at))
    for name, rows in rows_of(tree):
        for start in range(0, len(rows), _ROWS_A_STATEMENT):
            some = rows[start : start + _ROWS_A_STATEMENT]
            yield _written_out(name, tree=tree.version, rows=some)
    # Both or neither, as in the store, which runs them in one transaction.
    retire = _written_out("retire_tree", id=tree.id)
    activate = _written_out("activate_tree", tree=tree.version)
    yield f"{retire}\nWITH count(*) AS retired\n{activate}"


def _written_out(name: str, **parameters: Any) -> str:
    return re.sub(r"\$(\w+)", lambda found: _literal(parameters[found[1]]), query(name))


def _literal(value: Any) -> str:
    """A Cypher literal, on one line but for lists of maps: no text can end a statement."""
    match value:
        case Mapping():
            # A property that is null is a property that is not there.
            pairs = ((key, item) for key, item in value.items() if item is not None)
            return f"{{{', '.join(f'`{key}`: {_literal(item)}' for key, item in pairs)}}}"
        case [Mapping(), *_]:
            return "[\n  " + ",\n  ".join(map(_literal, value)) + "\n]"
        case list() | tuple():
            return f"[{', '.join(map(_literal, value))}]"
        case str():
            return _quoted(value)
        case _:
            return json.dumps(value)


def _quoted(text: str) -> str:
    """A string literal: JSON's escapes are Cypher's too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
