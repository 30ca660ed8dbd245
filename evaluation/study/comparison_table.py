"""What `nodriza study compare` shows in the terminal."""

from collections.abc import Iterator

from rich.table import Table

from evaluation.study.comparison import TwoStudies
from evaluation.study.tables import compared_row
from evaluation.study.words import Words

_COLUMNS = ("difference", "n", "p", "holm", "effect", "power", "verdict")


def as_tables(found: TwoStudies, words: Words) -> Iterator[Table]:
    """A table for each figure: the first study's arm, the second's, and what came of them."""
    units = {figure.key: figure.unit for figure in found.figures}
    for key in dict.fromkeys(one.figure for one in found.comparisons):
        table = Table(
            title=words(f"figure.{key}.label"),
            caption=words("compare.common", common=found.common, first=found.of[0], second=found.of[1]),
            title_justify="left",
            caption_justify="left",
        )  # fmt: skip
        for side in ("first", "second"):
            table.add_column(words(f"compare.{side}"))
        for name in _COLUMNS:
            table.add_column(words(f"comparisons.{name}"))
        for one in found.comparisons:
            if one.figure != key:
                continue
            row = compared_row(one, units[key], "", words)
            table.add_row(
                f"{one.baseline}: {row.base}",
                f"{one.other}: {row.value}",
                f"{row.difference} ({row.interval})",
                str(row.cases),
                row.p,
                row.holm,
                "\n".join(row.effect),
                "\n".join(row.power),
                row.verdict,
            )
        yield table
