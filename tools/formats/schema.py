"""JSON Schemas of a tree's YAML files, so that editors complete and check while one types."""

from typing import Any

from tools.tree import Tree

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, Schema]:
    """Schemas by file name: of a topic's file (and of shared nodes and sources), and of tree.yaml.

    They say what each value looks like; whether ids lead anywhere only `nodriza tree check` knows.
    """
    whole = Tree.model_json_schema()
    properties = whole["properties"]
    sections = {
        "topic": {"$ref": "#/$defs/Topic"},
        **{key: _without_minimum(properties[key]) for key in ("nodes", "sources", "variables")},
    }
    required = ["id", "title", "language", "licence"]
    own = {key: properties[key] for key in (*required, "areas")}
    tree = _object(own, required=required)
    return {
        "topic.schema.json": _file("One topic of a decision tree", sections, whole),
        "tree.schema.json": _file(
            "A decision tree: what it is and its variables", {"tree": tree, **sections}, whole
        )
        | {"required": ["tree"]},
    }


def _file(title: str, sections: Schema, whole: Schema) -> Schema:
    return {"$schema": _DIALECT, "title": title} | _object(sections) | {"$defs": whole["$defs"]}


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    limits = {"required": required} if required else {}
    return {"type": "object", "properties": properties, "additionalProperties": False} | limits


def _without_minimum(schema: Schema) -> Schema:
    """A whole tree has nodes; a file need not."""
    return {key: value for key, value in schema.items() if key not in ("minItems", "default")}
