"""What `nodriza study compare` shows in the terminal."""

from collections.abc import Iterator

from rich.table import Table

from evaluation.study.measure.comparison import TwoStudies
from evaluation.study.report.tables import compared_row
from evaluation.study.report.words import Words

_COLUMNS = ("difference", "n", "holm", "effect", "verdict")


def as_tables(found: TwoStudies, words: Words) -> Iterator[Table]:
    """A table for each figure: the first study's arm, the second's, and what came of them."""
    units = {figure.key: figure.unit for figure in found.figures}
    first, second = found.of
    caption = words("compare.common", common=found.common, first=first, second=second)
    for key in dict.fromkeys(one.figure for one in found.comparisons):
        table = Table(
            title=words(f"figure.{key}.label"),
            caption=caption,
            title_justify="left",
            caption_justify="left",
        )
        for side in ("first", "second"):
            table.add_column(words(f"compare.{side}"), overflow="fold")
        for name in _COLUMNS:
            table.add_column(words(f"comparisons.{name}"))
        for one in found.comparisons:
            if one.figure != key:
                continue
            row = compared_row(one, units[key], {}, words)
            table.add_row(
                f"{one.baseline}\n{row.base}",
                f"{one.other}\n{row.value}",
                f"{row.difference}\n{row.interval}",
                str(row.cases),
                row.holm,
                "\n".join(row.effect),
                "\n".join((row.verdict, *row.power)),
            )
        yield table
