"""Between a tree and the rows of the graph: flat properties in, models out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tools.conditions import parse_condition
from tools.errors import TreeError
from tools.tree import (
    Advice,
    Entry,
    Input,
    Logic,
    NearMiss,
    Node,
    Option,
    Question,
    Referral,
    Source,
    Topic,
    Tree,
    Variable,
)
from tools.view import LogicStep, Position, Shown, View

Row = dict[str, Any]
_KINDS: dict[str, type[Question | Input | Logic | Advice | Referral]] = {
    "question": Question,
    "input": Input,
    "logic": Logic,
    "advice": Advice,
    "referral": Referral,
}
_IN_RELATIONSHIPS = {"options", "branches", "otherwise", "to", "entry", "sources", "see_also"}


def tree_row(tree: Tree, loaded_at: datetime) -> Row:
    """The version's own row; it is in nobody's use before it is activated."""
    return {
        "id": tree.id,
        "version": tree.version,
        "title": tree.title,
        "language": tree.language,
        "licence": tree.licence,
        "area_ids": list(tree.areas),
        "area_titles": list(tree.areas.values()),
        "checksum": tree.checksum,
        "state": "loading",
        "loaded_at": loaded_at.isoformat(),
    }


def rows_of(tree: Tree) -> list[tuple[str, list[Row]]]:
    """(query, rows) pairs that load `tree`, in the order in which they must run."""
    nodes: dict[str, list[Row]] = {kind: [] for kind in _KINDS}
    options: list[Row] = []
    branches: list[Row] = []
    needs: list[Row] = []
    called = {n.variable: n.id for n in tree.nodes if isinstance(n, Input) and not n.to}
    for position, node in enumerate(tree.nodes):
        nodes[node.kind].append(_node_row(tree, node, position))
        match node:
            case Question():
                options += [_option_row(node.id, i, o) for i, o in enumerate(node.options)]
            case Input(to=str(target)):
                options.append(_step(node.id, target, id="value", position=0))
            case Logic():
                branches += _branch_rows(node)
                names = {v for b in node.branches for v in parse_condition(b.when).variables}
                needs += [_step(node.id, called[name], variable=name) for name in sorted(names)]
    return [
        *((f"create_{kind}s", rows) for kind, rows in nodes.items()),
        ("create_sources", [_numbered(tree, s, i) for i, s in enumerate(tree.sources)]),
        (
            "create_variables",
            [_variable_row(tree, *v, i) for i, v in enumerate(tree.variables.items())],
        ),
        ("create_topics", [_topic_row(tree, t, i) for i, t in enumerate(tree.topics)]),
        ("create_options", options),
        ("create_branches", branches),
        ("create_needs", needs),
        ("create_see_also", _links(tree, "see_also")),
        ("create_citations", _links(tree, "sources")),
    ]


def _node_row(tree: Tree, node: Node, position: int) -> Row:
    row = node.model_dump(mode="json", by_alias=True, exclude=_IN_RELATIONSHIPS)
    row |= {"tree": tree.version, "position": position, "topic": tree.topic_of.get(node.id)}
    if node.entry:
        row |= {f"entry_{key}": value for key, value in node.entry.model_dump(mode="json").items()}
    if isinstance(node, Input):
        variable = tree.variables[node.variable].model_dump(mode="json")
        row |= {f"variable_{key}": value for key, value in variable.items()}
    return row


def _option_row(origin: str, position: int, option: Option) -> Row:
    properties = option.model_dump(mode="json", exclude={"to"})
    return _step(origin, option.to, **properties, position=position)


def _branch_rows(node: Logic) -> list[Row]:
    rows = [
        _step(node.id, branch.to, position=i, condition=branch.when)
        for i, branch in enumerate(node.branches)
    ]
    return [*rows, _step(node.id, node.otherwise, position=len(rows))]


def _step(origin: str, target: str, **properties: Any) -> Row:
    return {"origin": origin, "target": target, "properties": properties}


def _links(tree: Tree, attribute: str) -> list[Row]:
    return [
        _step(node.id, target, position=i)
        for node in tree.nodes
        for i, target in enumerate(getattr(node, attribute))
    ]


def _numbered(tree: Tree, item: Source, position: int) -> Row:
    return item.model_dump(mode="json") | {"tree": tree.version, "position": position}


def _variable_row(tree: Tree, name: str, variable: Variable, position: int) -> Row:
    row = variable.model_dump(mode="json")
    return row | {"id": name, "tree": tree.version, "position": position}


def _topic_row(tree: Tree, topic: Topic, position: int) -> Row:
    properties = topic.model_dump(mode="json", exclude={"starts_at", "near_misses"})
    properties |= {"tree": tree.version, "position": position}
    properties |= {
        f"near_misses_{key}": [getattr(n, key) for n in topic.near_misses]
        for key in NearMiss.model_fields
    }
    return {"starts_at": topic.starts_at, "properties": properties}


# Back from the graph


def read_view(records: Iterable[Mapping[str, Any]], position: Position) -> View:
    """Build the view of `position` from the rows of view.cypher."""
    rows = {record["node"]["id"]: record for record in records}
    row = rows[position.node]
    steps = {
        (step["from"], step["kind"], step["properties"].get("position"), step["to"]): step
        for record in rows.values()
        for path in record["paths"]
        for step in path or []
    }
    ordered = sorted(steps.values(), key=lambda step: step["properties"].get("position", 0))
    sources = tuple(_source(item["source"]) for item in sorted(row["sources"], key=_place))
    below = [step for step in ordered if step["from"] == position.node]
    node = _shown(row["node"], below, sources)
    return View(
        position=position,
        node=node,
        topic=row["node"].get("topic"),
        variable=_variable(row["node"], prefix="variable_") if isinstance(node, Input) else None,
        logic=_logic_steps(ordered),
        sources=sources,
        see_also=tuple(
            (item["id"], item["title"])
            for item in sorted(row["see_also"], key=_place)
            if item["title"]
        ),
    )


def _shown(properties: Mapping[str, Any], steps: list[Row], cited: Iterable[Source]) -> Shown:
    content = _node_content(properties)
    content["sources"] = [source.id for source in cited]  # they are part of what is signed
    if content["kind"] == "logic":
        raise TreeError(f"{content['id']!r} is a logic node, which is never shown")
    if content["kind"] == "question":
        content["options"] = [_option(step) for step in steps]
    elif content["kind"] == "input":
        content["to"] = steps[0]["to"] if steps else None
    node = _KINDS[content["kind"]].model_validate(content)
    assert not isinstance(node, Logic)
    return node


def _option(step: Row) -> Row:
    properties = step["properties"]
    return {
        "id": properties["id"],
        "label": properties["label"],
        "confirm": properties.get("confirm") or False,
        "examples": properties.get("examples") or [],
        "to": step["to"],
    }


def _logic_steps(steps: list[Row]) -> dict[str, LogicStep]:
    branches: dict[str, list[tuple[str | None, str]]] = {}
    inputs: dict[str, dict[str, str]] = {}
    for step in steps:
        if step["kind"] == "BRANCH":
            way = (step["properties"].get("condition"), step["to"])
            branches.setdefault(step["from"], []).append(way)
        elif step["kind"] == "NEEDS":
            inputs.setdefault(step["from"], {})[step["properties"]["variable"]] = step["to"]
    return {name: LogicStep(tuple(ways), inputs.get(name, {})) for name, ways in branches.items()}


def _node_content(properties: Mapping[str, Any]) -> Row:
    model = _KINDS[properties["kind"]]
    wanted = {field.alias or name for name, field in model.model_fields.items()} - _IN_RELATIONSHIPS
    content = {key: properties[key] for key in wanted if properties.get(key) is not None}
    if properties.get("entry_title"):
        content["entry"] = {key: properties.get(f"entry_{key}") or [] for key in Entry.model_fields}
    return content


def _variable(properties: Mapping[str, Any], prefix: str = "") -> Variable:
    values = {name: properties.get(f"{prefix}{name}") for name in Variable.model_fields}
    return Variable(**values)


def _source(properties: Mapping[str, Any]) -> Source:
    return Source(**{name: properties.get(name) for name in Source.model_fields})


def _place(properties: Mapping[str, Any]) -> int:
    return int(properties["place"])


def read_tree_from(
    own: Mapping[str, Any], parts: Mapping[str, Iterable[Mapping[str, Any]]]
) -> Tree:
    """Build the whole tree from its own properties and the rows of the whole-tree queries."""
    steps: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for step in parts["all_steps"]:
        steps.setdefault((step["origin"], step["kind"]), []).append(step)
    for found in steps.values():
        found.sort(key=lambda step: step["properties"].get("position", 0))
    nodes = [record["node"] for record in parts["all_nodes"]]
    return Tree.model_validate(
        {key: own[key] for key in ("id", "title", "language", "licence")}
        | {
            "areas": areas_of(own),
            "variables": {
                row["variable"]["id"]: _variable(row["variable"]) for row in parts["variables"]
            },
            "topics": [_topic(row["topic"], row["starts_at"]) for row in parts["topics"]],
            "nodes": [_whole_node(properties, steps) for properties in nodes],
            "sources": [_source(row["source"]) for row in parts["all_sources"]],
            "topic_of": {node["id"]: node["topic"] for node in nodes if node.get("topic")},
        }
    )


def _topic(properties: Mapping[str, Any], starts_at: str) -> Row:
    content = {key: properties[key] for key in Topic.model_fields if key in properties}
    return content | {"starts_at": starts_at, "near_misses": near_misses_of(properties)}


def areas_of(properties: Mapping[str, Any]) -> dict[str, str]:
    """The areas of a tree's own row, in their order."""
    columns = [properties.get(name) or [] for name in ("area_ids", "area_titles")]
    return dict(zip(*columns, strict=True))


def near_misses_of(properties: Mapping[str, Any]) -> list[NearMiss]:
    """The near misses of a topic's row."""
    columns = [properties.get(f"near_misses_{key}") or [] for key in NearMiss.model_fields]
    return [NearMiss(says=says, belongs_to=topic) for says, topic in zip(*columns, strict=True)]


def _whole_node(
    properties: Mapping[str, Any], steps: Mapping[tuple[str, str], list[Mapping[str, Any]]]
) -> Row:
    def below(kind: str) -> list[Mapping[str, Any]]:
        return steps.get((properties["id"], kind), [])

    content = _node_content(properties)
    content["sources"] = [step["target"] for step in below("CITES")]
    content["see_also"] = [step["target"] for step in below("SEE_ALSO")]
    match content["kind"]:
        case "question":
            content["options"] = [
                _option({**step, "to": step["target"]}) for step in below("OPTION")
            ]
        case "input":
            content["to"] = next((step["target"] for step in below("OPTION")), None)
        case "logic":
            *ways, otherwise = below("BRANCH")
            content["branches"] = [
                {"when": step["properties"]["condition"], "to": step["target"]} for step in ways
            ]
            content["else"] = otherwise["target"]
    return content
