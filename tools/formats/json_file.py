"""A tree as one JSON file: the same content as the YAML folder, for other programs."""

import json
from pathlib import Path

from pydantic import ValidationError

from tools.errors import TreeError
from tools.tree import Tree


def write_json(tree: Tree, path: Path) -> None:
    """Write the whole tree to `path`."""
    content = tree.model_dump(mode="json", by_alias=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_json(path: Path) -> Tree:
    """Read a tree that `write_json` wrote. Raises TreeError with every problem found."""
    try:
        return Tree.model_validate_json(path.read_bytes())
    except ValidationError as error:
        problems = tuple(
            f"{path.name}: {'.'.join(map(str, detail['loc']))}: {detail['msg']}"
            for detail in error.errors(include_url=False)
        )
        raise TreeError(f"{str(path)!r} holds no valid tree:", problems) from error
    except OSError as error:
        raise TreeError(f"{str(path)!r} cannot be read: {error.strerror}") from error
