"""Numbers of what is learnt as the page writes them, and its tables as HTML."""

from collections.abc import Iterable, Sequence
from html import escape

from agent.texts import Texts
from evaluation.learnt.figures import FEW
from evaluation.statistics import Estimate
from ui.experts.learnt.tables import Cell, Table

_BITS = "_bits"
_SPACE = "\N{NO-BREAK SPACE}"


class Words:
    """How this language writes numbers."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def __call__(self, key: str, **values: object) -> str:
        """A text of this page."""
        return self.texts(f"experts.learnt.{key}", **values)

    def number(self, count: int) -> str:
        """12.345"""
        return f"{count:,}".replace(",", self.texts("experts.thousands"))

    def decimal(self, value: float) -> str:
        """1,25"""
        return f"{value:.2f}".replace(".", self.texts("experts.decimal"))

    def percent(self, share: float) -> str:
        """62 %"""
        return f"{100 * share:.0f}{_SPACE}%"

    def share(self, share: Estimate | None) -> str:
        """62 % (55–68); a star where it rests on few cases."""
        if share is None:
            return "–"
        ends = f"{100 * share.low:.0f}–{100 * share.high:.0f}"
        star = f"{_SPACE}*" if share.count < FEW else ""
        return f"{self.percent(share.value)}{_SPACE}({ends}){star}"

    def bits(self, bits: Estimate | float | None) -> str:
        """1,25 (1,10–1,40)"""
        if not isinstance(bits, Estimate):
            return "–" if bits is None else self.decimal(bits)
        star = f"{_SPACE}*" if bits.count < FEW else ""
        ends = f"{self.decimal(bits.low)}–{self.decimal(bits.high)}"
        return f"{self.decimal(bits.value)}{_SPACE}({ends}){star}"

    def duration(self, seconds: float | None) -> str:
        """35 s, 4 min, 2 h"""
        if seconds is None:
            return "–"
        for unit, size in (("h", 3600), ("min", 60)):
            if seconds >= 2 * size:
                return f"{seconds / size:.0f}{_SPACE}{unit}"
        return f"{seconds:.0f}{_SPACE}s"

    def cell(self, column: str, value: Cell) -> str:
        """A value of a table."""
        if column.endswith(_BITS):
            assert not isinstance(value, str)
            return self.bits(value)
        if isinstance(value, Estimate) or value is None:
            return self.share(value)
        if column == "seconds":
            return self.duration(float(value))
        if column == "compared":
            return self.percent(float(value))
        if isinstance(value, float):
            return f"{value:.2g}".replace(".", self.texts("experts.decimal"))
        return self.number(value) if isinstance(value, int) else value


def table_html(table: Table, words: Words, limit: int, without: Iterable[str] = ("node",)) -> str:
    """The first rows of a table, which the keyboard scrolls too where it is wider than the page."""
    kept = [place for place, name in enumerate(table.columns) if name not in set(without)]
    names = [words(f"column.{table.columns[place]}") for place in kept]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(_row(table, row, kept, words) for row in table.rows[:limit])
    cut = len(table.rows) > limit
    told = words("first_rows", shown=limit, total=words.number(len(table.rows))) if cut else ""
    caption = f"<caption>{escape(told)}</caption>" if told else ""
    label = escape(words(f"table.{table.name}"))
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(table: Table, row: Sequence[Cell], kept: Sequence[int], words: Words) -> str:
    cells = []
    for number, place in enumerate(kept):
        shown = escape(words.cell(table.columns[place], row[place]))
        plain = isinstance(row[place], str)
        if number == 0:
            cells.append(f'<th scope="row">{shown}</th>')
        else:
            cells.append(f"<td>{shown}</td>" if plain else f'<td class="n">{shown}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def folded(summary: str, *parts: str) -> str:
    """Something to open."""
    return f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>"
