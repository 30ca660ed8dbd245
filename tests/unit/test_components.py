"""Strongly connected components, against their definition."""

import random

import pytest

from tools.components import circles, components


def reachable(ways: dict[str, list[str]], start: str) -> set[str]:
    """Nodes one or more steps from `start`."""
    found, todo = set[str](), list(ways[start])
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += ways[node]
    return found


@pytest.mark.parametrize("seed", range(30))
def test_components_are_what_leads_to_each_other(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"n{index}" for index in range(rng.randint(1, 14))]
    ways = {name: rng.choices(names, k=rng.randint(0, 2)) for name in names}
    below = {name: reachable(ways, name) for name in names}
    found = list(components(ways))
    assert sorted(node for component in found for node in component) == sorted(names)
    for component in found:
        for node in component:
            together = {other for other in below[node] if node in below[other]} | {node}
            assert set(component) == together
    seen: set[str] = set()
    for component in found:
        assert {target for node in component for target in ways[node]} <= seen | set(component)
        seen |= set(component)
    looping = {node for node in names if node in below[node]}
    assert {node for circle in circles(ways) for node in circle} == looping


def test_a_long_row_needs_no_deep_stack() -> None:
    count = 50_000
    ways = {str(index): [str(index + 1)] for index in range(count)} | {str(count): []}
    assert next(components(ways)) == [str(count)]
    ways[str(count)] = ["0"]
    (circle,) = circles(ways)
    assert len(circle) == count + 1
