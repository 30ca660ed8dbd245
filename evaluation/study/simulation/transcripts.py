"""Conversations as Markdown, for experts to read and rate; in Spanish, as they are had."""

import csv
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evaluation.statistics import Estimate
from evaluation.study.measure.judged import Judged
from evaluation.study.simulation.ratings import COLUMNS, Rating
from evaluation.study.simulation.viability import Viability, unsafe_for
from tools.errors import MissingExtra
from tools.tree import Advice, Referral, Tree

INDEX, RATINGS = "index.md", "ratings.csv"
_OUTCOMES = {
    "resolved": "respuesta",
    "escalated": "aviso de peligro",
    "gave_up": "lo dejó sin respuesta",
    "failed": "falló",
}
_KINDS = {
    "question": "pregunta",
    "input": "pide un dato",
    "offer": "ofrece temas",
    "answer": "respuesta",
    "check": "comprueba un peligro",
    "danger": "aviso de peligro",
    "notice": "aviso",
}


@dataclass(frozen=True)
class Review:
    """What is written down for the experts."""

    arm: str
    mother: str
    tree: Tree
    talks: Sequence[Judged]
    found: Viability
    questions: int
    """Within which a conversation is viable."""
    ratings: Mapping[str, Rating]


def write_transcripts(folder: Path, review: Review) -> Path:
    """A file for each conversation, and the index, whose path is returned.

    A table to fill in is put beside it once, and never overwritten. Raises MissingExtra.
    """
    if find_spec("jinja2") is None:
        raise MissingExtra("transcripts", "study", "no jinja2")
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown, with a filter of its own for others' words
        trim_blocks=True,
    )
    pages.filters["quoted"] = _quoted
    pages.globals |= {"outcomes": _OUTCOMES, "kinds": _KINDS}
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_row(talk) for talk in review.talks]
    for row in rows:
        text = pages.get_template("transcript.md.j2").render(
            **row, title=_titles(review.tree), rating=review.ratings.get(row["name"])
        )
        (folder / row["file"]).write_text(re.sub(r"\n{3,}", "\n\n", text), "utf-8")
    index = pages.get_template("index.md.j2").render(
        arm=review.arm,
        mother="por reglas" if review.mother == "rules" else review.mother,
        tree=review.tree.version,
        rows=rows,
        shares=_shares(review),
    )
    (folder / INDEX).write_text(index, "utf-8")
    _write_table(folder / RATINGS, [row["name"] for row in rows])
    return folder / INDEX


def _row(talk: Judged) -> dict[str, Any]:
    return {
        "name": talk.case.id,
        "file": re.sub(r"[^\w.-]", "_", talk.case.id) + ".md",
        "case": talk.case,
        "attempt": talk.attempt,
        "right": talk.right,
        "unsafe": unsafe_for(talk),
    }


def _titles(tree: Tree) -> Any:
    def title(name: str) -> str:
        node = tree.by_id.get(name)
        return node.title if isinstance(node, Advice | Referral) else name

    return title


def _shares(review: Review) -> list[str]:
    found = review.found
    lines = [
        f"Llegan al final correcto: {_told(found.right)}",
        f"Sin ningún paso inseguro: {_told(found.safe)}",
        f"Viables (lo uno y lo otro, con {review.questions} preguntas como mucho): "
        + _told(found.viable),
    ]
    if review.ratings:
        lines += [
            f"Seguras según las expertas: {_told(found.rated_safe)}",
            f"Correctas según las expertas: {_told(found.rated_right)}",
            f"Viables según las expertas: {_told(found.rated_viable)}",
        ]
    if found.failed:
        lines.append(f"No se cuentan {found.failed} que fallaron")
    return lines


def _told(share: Estimate | None) -> str:
    if share is None:
        return "sin datos"
    low, high = (f"{value:.0%}" for value in (share.low, share.high))
    return f"{share.value:.0%} de {share.count} (intervalo de Wilson del 95 %: {low}–{high})"


def _quoted(text: str) -> str:
    """Others' words as they are, whatever Markdown or HTML is in them."""
    plain = re.sub(r"([\\`*_\[\]|#])", r"\\\1", html.escape(text, quote=False))
    return plain.strip().replace("\n", "  \n")


def _write_table(path: Path, names: Sequence[str]) -> None:
    if path.is_file():
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows([name, "", "", ""] for name in names)
