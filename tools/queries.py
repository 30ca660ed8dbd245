"""The Cypher queries: one per file of `tools/cypher`, by file name."""

from functools import lru_cache
from pathlib import Path
from typing import LiteralString

_FOLDER = Path(__file__).parent / "cypher"


@lru_cache
def query(name: str) -> LiteralString:
    """The text of `<name>.cypher` without its leading comment."""
    lines = (_FOLDER / f"{name}.cypher").read_text("utf-8").splitlines()
    # Typed as the literal that the driver asks for: these files are the only Cypher there is.
    text: LiteralString = "\n".join(line for line in lines if not line.startswith("//")).strip()
    return text


def query_names() -> list[str]:
    """Names of all queries."""
    return sorted(path.stem for path in _FOLDER.glob("*.cypher"))
