"""Variables of a CTS graph whose values are numbers or yes/no, as facts of ours."""

from typing import Any

from tools.formats.foreign.cts_graph import CtsGraph, CtsNode, Way
from tools.formats.foreign.fitting import slug

_HIGHEST = 1_000_000.0
"""Numbers have no range there, and need one here; time spans are in hours: a century."""


def variables_of(graph: CtsGraph) -> dict[str, dict[str, Any]]:
    """The variables that facts can hold, as content of a tree: all but those of texts."""
    variables: dict[str, dict[str, Any]] = {}
    for name, kind in graph.values.items():
        about = [node for node in graph.nodes.values() if node.variable == name]
        label = name.replace("_", " ").lower()
        if kind == "boolean":
            variables[variable_id(name)] = {"type": kind, "label": label}
        elif kind == "number":
            ways = [way for node in about for way in node.ways]
            compared = [float(way.comparison.value) for way in ways if way.comparison]
            in_hours = any(node.variable_type == "TIMESPAN" for node in about)
            variables[variable_id(name)] = {
                "type": kind,
                "unit": "hours" if in_hours else None,
                "min": min([0.0, *compared]),
                "max": max([_HIGHEST, *compared]),
                "label": label,
            }
    return variables


def variable_id(name: str) -> str:
    """The name as conditions take it: without hyphens."""
    return slug(name).replace("-", "_")


def condition_of(node: CtsNode, way: Way) -> str:
    """When a logic node takes a way that has a comparison."""
    assert way.comparison
    value = way.comparison.value
    literal = value.lower() if way.comparison.kind == "boolean" else f"{float(value):.15g}"
    return f"{variable_id(str(node.variable))} {way.comparison.operator} {literal}"
