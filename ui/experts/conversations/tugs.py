"""What each source of evidence says for and against each move, as bars on both sides of a line."""

from collections.abc import Iterator, Mapping, Sequence

from agent.texts import Texts
from records.events import Evidence
from ui.experts.markup import decimal, escaped, named

_SMALLEST = 0.01
"""Log-odds below this are not drawn."""
_COLOURS = 4
"""Different ones in the style sheet."""


def tugs(evidence: Sequence[Evidence], moves: Mapping[str, str], texts: Texts) -> str:
    """A row for each of the moves, ids with their labels: against on the left, for on the right.

    The length is in log-odds, of the same scale in all rows; sources stand end to end.
    """
    pulls = {move: [source.scores.get(move, 0.0) for source in evidence] for move in moves}
    longest = max((_reach(scores) for scores in pulls.values()), default=0.0)
    if longest < _SMALLEST:
        return ""
    names = [named(texts, "source", source.source) for source in evidence]
    rows = "".join(
        f'<li><span class="name">{escaped(label)}</span>'
        f'<span class="tug" role="img" aria-label="{escaped(_told(names, pulls[move], texts))}">'
        f"{''.join(_pieces(names, pulls[move], longest, texts))}</span></li>"
        for move, label in moves.items()
    )
    legend = " ".join(
        f'<span><b class="source{number % _COLOURS}"></b>{escaped(name)}</span>'
        for number, name in enumerate(names)
    )
    return f'<p class="sources">{legend}</p><ul class="tugs">{rows}</ul>'


def _reach(scores: Sequence[float]) -> float:
    """How far the longer side of a row goes."""
    return max(sum(it for it in scores if it > 0), -sum(it for it in scores if it < 0))


def _pieces(
    names: Sequence[str], scores: Sequence[float], longest: float, texts: Texts
) -> Iterator[str]:
    ahead = behind = 0.0
    for number, (name, score) in enumerate(zip(names, scores, strict=True)):
        if abs(score) < _SMALLEST:
            continue
        width = 50 * abs(score) / longest
        if score > 0:
            left, ahead = 50 + ahead, ahead + width
        else:
            behind += width
            left = 50 - behind
        title = escaped(_one(name, score, texts))
        place = f"left:{left:.1f}%;width:{width:.1f}%"
        yield f'<b class="source{number % _COLOURS}" style="{place}" title="{title}"></b>'


def _told(names: Sequence[str], scores: Sequence[float], texts: Texts) -> str:
    return "; ".join(_one(name, score, texts) for name, score in zip(names, scores, strict=True))


def _one(name: str, score: float, texts: Texts) -> str:
    return f"{name} {decimal(f'{score:+.2f}', texts)}"
