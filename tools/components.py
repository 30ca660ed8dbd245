"""Directed graphs: what can be come to, and where one can go round in circles."""

from collections.abc import Collection, Iterable, Iterator, Mapping


def reached(
    starts: Iterable[str], ways: Mapping[str, Iterable[str]], without: str | None = None
) -> set[str]:
    """Everything that `ways` lead to from `starts`, themselves included, not passing `without`."""
    found = {name for name in starts if name != without}
    todo = list(found)
    while todo:
        for target in ways.get(todo.pop(), ()):
            if target not in found and target != without:
                found.add(target)
                todo.append(target)
    return found


def components(ways: Mapping[str, Collection[str]]) -> Iterator[list[str]]:
    """The components, each after those that it leads to; most are one node.

    `ways` gives the nodes that each node leads to, all of them its own keys. Tarjan's algorithm
    (SIAM Journal on Computing 1, 1972, 146-160), without recursion: linear in nodes and edges.
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_nodes: list[str] = []
    is_open: set[str] = set()
    for start in ways:
        if start in number:
            continue
        trail = [(start, iter(ways[start]))]
        number[start] = lowest[start] = len(number)
        open_nodes.append(start)
        is_open.add(start)
        while trail:
            node, onward = trail[-1]
            for target in onward:
                if target not in number:
                    number[target] = lowest[target] = len(number)
                    open_nodes.append(target)
                    is_open.add(target)
                    trail.append((target, iter(ways[target])))
                    break
                if target in is_open:
                    lowest[node] = min(lowest[node], number[target])
            else:
                trail.pop()
                if trail:
                    above = trail[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == number[node]:
                    component = [open_nodes.pop()]
                    while component[-1] != node:
                        component.append(open_nodes.pop())
                    is_open.difference_update(component)
                    yield component


def circles(ways: Mapping[str, Collection[str]]) -> Iterator[list[str]]:
    """The components in which a way leads back to where it began."""
    for component in components(ways):
        if len(component) > 1 or component[0] in ways[component[0]]:
            yield component
