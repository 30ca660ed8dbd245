"""From CTS's questions and the nodes found for them to figures."""

from collections.abc import Mapping, Sequence

from evaluation import statistics
from evaluation.metrics import Row, row
from evaluation.public.cts_folder import GraphNode, NodeCase
from evaluation.results import NodePrediction

LOCATOR = "locator"
_FIGURES = (("first", 1), ("in the first three", 3))

Found = Mapping[str, Sequence[str]]
"""The nodes by case, best first."""


def cts_rows(
    cases: Sequence[NodeCase],
    made: Mapping[str, NodePrediction],
    rankings: Mapping[str, Found],
    nodes: int,
    seed: int,
) -> list[Row]:
    """Figures of the locator and of the `rankings` by other methods; `nodes` are to choose from."""
    ours = {case.id: _nodes(made[case.id]) for case in cases}
    rows: list[Row] = []
    for name, among in _FIGURES:
        hits = {
            method: [_is_hit(case, found[case.id], among) for case in cases]
            for method, found in {LOCATOR: ours, **rankings}.items()
        }
        for method, of_method in hits.items():
            rows += row("right node", name, method, statistics.share(of_method))
        chances = [_chance(len(case.right), among, nodes) for case in cases]
        rows += row("right node", name, f"chance ({nodes} nodes)", statistics.mean(chances, seed))
        for method in rankings:
            pairs = zip(hits[LOCATOR], hits[method], strict=True)
            gains = [float(ours_hit) - other for ours_hit, other in pairs]
            difference = statistics.mean(gains, seed)
            rows += row("case by case", name, f"{LOCATOR} less {method}", difference)
    return rows


def cts_errors(
    cases: Sequence[NodeCase], made: Mapping[str, NodePrediction], nodes: Sequence[GraphNode]
) -> dict[str, list[str]]:
    """Questions whose node is not first: what was, and what was right."""
    texts = {node.id: " ".join(node.text.split())[:80] for node in nodes}

    def line(case: NodeCase) -> str:
        first = made[case.id].candidates[0]
        right = " | ".join(texts[node] for node in sorted(case.right))
        got = f"{texts[first.node]!r} ({first.probability:.2f})"
        return f"{case.id} {case.given!r}: right {right!r}; got {got}"

    found = {case.id: _nodes(made[case.id]) for case in cases}
    near = [c for c in cases if _is_hit(c, found[c.id], 3) and not _is_hit(c, found[c.id], 1)]
    far = [case for case in cases if not _is_hit(case, found[case.id], 3)]
    return {
        "second or third": [line(case) for case in near],
        "not in the first three": [line(case) for case in far],
    }


def _nodes(made: NodePrediction) -> list[str]:
    return [candidate.node for candidate in made.candidates]


def _is_hit(case: NodeCase, found: Sequence[str], among: int) -> bool:
    return not case.right.isdisjoint(found[:among])


def _chance(right: int, among: int, nodes: int) -> float:
    """That one of `right` nodes is among so many drawn without looking."""
    missed = 1.0
    for drawn in range(min(among, nodes)):
        missed *= (nodes - right - drawn) / (nodes - drawn)
    return 1 - missed
