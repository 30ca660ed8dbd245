"""A topic or a whole tree as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html)."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.formats.diagram import Box, Diagram, topic_diagram, tree_diagrams
from tools.formats.whole import write_file
from tools.tree import Tree

_SHAPES = {
    "question": ("[", "]"),
    "input": ("[/", "/]"),
    "logic": ("{{", "}}"),
    "advice": ("([", "])"),
    "referral": ("[[", "]]"),
}
_SPECIAL = re.compile(r"[^\w\s.,:¿?¡!()/%+°≤≥≠-]|^-|(?<=^\d)\.")
"""All but letters, digits and harmless signs; and what would begin a Markdown list."""
_STYLES = """\
  classDef question fill:#eef3fb,stroke:#5b7db1,color:#1c2b40
  classDef input fill:#e8f5f3,stroke:#3f8f84,color:#12332f
  classDef logic fill:#f1f0ee,stroke:#8a8279,color:#37322d
  classDef advice fill:#edf6ea,stroke:#5b8f4c,color:#1f3319
  classDef referral fill:#f5eefa,stroke:#8a62a8,color:#31203d
  classDef same_day fill:#fdf1d8,stroke:#b97a10,color:#432c05
  classDef emergency fill:#fbe3e1,stroke:#c0352b,color:#4a100c,stroke-width:3px
"""


def write_mermaid(tree: Tree, path: Path, topic: str | None = None) -> None:
    """Write the flowchart of a topic, or of the whole tree. Raises TreeError."""
    write_file(path, mermaid(tree, topic))


def mermaid(tree: Tree, topic: str | None = None) -> str:
    """The flowchart of a topic, or of the whole tree with its topics side by side.

    Raises TreeError when there is no such topic.
    """
    diagrams = tree_diagrams(tree) if topic is None else (topic_diagram(tree, topic),)
    ids = {node.id: f"n{place}" for place, node in enumerate(tree.nodes)}
    return (
        "flowchart TD\n"
        + _STYLES
        + "".join(f"  {line}\n" for line in _lines(diagrams, ids, whole=topic is None))
    )


def _lines(diagrams: tuple[Diagram, ...], ids: dict[str, str], *, whole: bool) -> Iterator[str]:
    for place, diagram in enumerate(diagrams):
        yield f"subgraph t{place}[{_text(diagram.title)}]"
        yield from (f"  {_node(box, ids)}" for box in diagram.boxes if not box.elsewhere)
        yield "end"
    if not whole:
        yield from (_node(box, ids) for box in diagrams[0].boxes if box.elsewhere)
    for diagram in diagrams:
        for arrow in diagram.arrows:
            label = f"|{_text(arrow.label)}|" if arrow.label else ""
            yield f"{ids[arrow.origin]} -->{label} {ids[arrow.target]}"


def _node(box: Box, ids: dict[str, str]) -> str:
    before, after = _SHAPES[box.kind]
    style = box.kind if box.urgency == "none" else box.urgency
    return f"{ids[box.id]}{before}{_text(box.text)}{after}:::{style}"


def _text(text: str) -> str:
    """Quoted, and all that could mean something to Mermaid or HTML as a character code."""
    flat = " ".join(text.split())
    return f'"{_SPECIAL.sub(lambda found: f"#{ord(found[0])};", flat)}"'
