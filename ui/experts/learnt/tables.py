"""What is learnt as tables: the same on the page, as CSV and JSON, and in the terminal."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agent.texts import Texts
from evaluation.learnt.figures import alone
from evaluation.learnt.picture import Picture
from evaluation.statistics import Estimate
from records.learnt.sums import Begun

Cell = str | int | float | Estimate | None
NAMES = ("topics", "questions", "options", "answers", "matrix", "alone", "suggestions")


@dataclass(frozen=True)
class Table:
    """One table. An Estimate is a share, or bits where the column's name ends in _bits."""

    name: str
    columns: tuple[str, ...]
    """Keys under experts.learnt.column."""
    rows: Sequence[tuple[Cell, ...]]


def tables(picture: Picture, texts: Texts) -> dict[str, Table]:
    """All of them, by name."""
    made = (
        Table("topics", ("topic", "since", "conversations", "escalated"), list(_topics(picture))),
        Table("questions", _QUESTION, list(_questions(picture))),
        Table("options", _OPTION, list(_options(picture))),
        Table("answers", _ANSWER, list(_answers(picture))),
        Table("matrix", ("question", "node", "topic", "resolved"), list(_matrix(picture))),
        Table("alone", _ALONE, list(_alone(picture, texts))),
        Table("suggestions", _SUGGESTION, list(_suggestions(picture, texts))),
    )
    return {table.name: table for table in made}


_QUESTION = (
    *(
        "question",
        "topic",
        "node",
        "asked",
        "told",
        "button",
        "words",
        "unknown",
        "resolved",
        "confused",
    ),
    *("gave_up", "seconds", "expected_bits", "tree_bits", "observed_bits"),
)
_OPTION = ("question", "node", "option", "chosen", "share", "undone", "rejected")
_ANSWER = (
    *("answer", "node", "reached", "helped", "not_helped", "worse", "complained", "left"),
    *("followed", "liked"),
)
_ALONE = ("by", "name", "conversations", "alone", "escalated", "asked_person")
_SUGGESTION = ("rule", "name", "node", "option", "hits", "count", "share", "compared", "adjusted")


def flat(table: Table) -> tuple[list[str], list[list[str | int | float | None]]]:
    """Header and rows without estimates: each is three columns, with its interval's ends."""
    of_estimates = {
        place for row in table.rows for place, cell in enumerate(row) if isinstance(cell, Estimate)
    }
    header: list[str] = []
    for place, name in enumerate(table.columns):
        header += [name, f"{name}_low", f"{name}_high"] if place in of_estimates else [name]
    return header, [list(_flat_row(row, of_estimates)) for row in table.rows]


def as_csv(table: Table) -> str:
    """A table as a spreadsheet reads it: of a share its value and the ends of its interval."""
    file = io.StringIO()
    header, rows = flat(table)
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return "\N{BYTE ORDER MARK}" + file.getvalue()


def _flat_row(row: tuple[Cell, ...], of_estimates: set[int]) -> Iterator[str | int | float | None]:
    for place, cell in enumerate(row):
        if isinstance(cell, Estimate):
            yield from (round(value, 4) for value in (cell.value, cell.low, cell.high))
        elif place in of_estimates:
            yield from (None, None, None)
        else:
            yield round(cell, 4) if isinstance(cell, float) else cell


def _topics(picture: Picture) -> Iterator[tuple[Cell, ...]]:
    for topic, lines in picture.topics.items():
        for line in sorted(lines, key=lambda one: one.since):
            since = line.since.isoformat()
            yield picture.plan.topic(topic), since, line.conversations, line.escalated


def _questions(picture: Picture) -> Iterator[tuple[Cell, ...]]:
    for one in picture.questions:
        topics = ", ".join(picture.plan.topic(topic) for topic in one.topics)
        yield (
            *(one.text, topics, one.node, one.asked, one.told, one.button, one.words, one.unknown),
            *(one.resolved, one.confused, one.gave_up, one.seconds, one.expected),
            *(one.by_tree, one.observed),
        )


def _options(picture: Picture) -> Iterator[tuple[Cell, ...]]:
    for question in picture.questions:
        for one in question.options:
            yield (
                *(question.text, question.node, one.label, one.chosen, one.share),
                *(one.undone, one.rejected),
            )


def _answers(picture: Picture) -> Iterator[tuple[Cell, ...]]:
    for one in picture.answers:
        yield (
            *(one.title, one.node, one.reached, one.helped, one.not_helped, one.worse),
            *(one.complained, one.left, one.followed, one.liked),
        )


def _matrix(picture: Picture) -> Iterator[tuple[Cell, ...]]:
    for (node, topic), share in sorted(picture.resolving.items()):
        yield picture.plan.called(node), node, picture.plan.topic(topic), share


def _alone(picture: Picture, texts: Texts) -> Iterator[tuple[Cell, ...]]:
    def model(line: Begun) -> str:
        return line.model or texts("experts.no_model")

    ways: dict[str, Callable[[Begun], str]] = {
        "all": lambda _line: "",
        "since": lambda line: line.since.isoformat(),
        "navigator": lambda line: line.navigator,
        "model": model,
        "tree": lambda line: line.tree,
    }
    for by, name in ways.items():
        for one in alone(picture.begun, name):
            shown = texts(f"experts.learnt.by.{by}")
            yield shown, one.name, one.conversations, one.alone, one.escalated, one.asked_person


def _suggestions(picture: Picture, texts: Texts) -> Iterator[tuple[Cell, ...]]:
    for one in picture.suggestions:
        rule = texts(f"experts.learnt.rule.{one.rule}")
        option = " / ".join(one.options)
        yield (
            *(rule, picture.plan.called(one.node), one.node, option, one.hits, one.count),
            *(one.share, one.compared, one.adjusted),
        )
