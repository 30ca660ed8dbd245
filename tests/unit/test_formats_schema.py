"""The published JSON Schemas: current, and right about the files that are shipped."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.trees import SMALL
from tools.formats.schema import schemas
from tools.formats.yaml_folder import parse_yaml

TREES = Path(__file__).parents[2] / "trees"


def validator(name: str) -> Draft202012Validator:
    schema = schemas()["tree.schema.json" if name == "tree.yaml" else "topic.schema.json"]
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def problems(name: str, content: Any) -> list[str]:
    return [error.message for error in validator(name).iter_errors(content)]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_published_schemas_are_current(name: str) -> None:
    published = json.loads((TREES / "schema" / name).read_text("utf-8"))
    assert published == schemas()[name], "run: nodriza tree schema"


@pytest.mark.parametrize("path", sorted((TREES / "lactancia").glob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_file_validates(path: Path) -> None:
    assert problems(path.name, parse_yaml(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("urgency: none", "urgency: ninguna", "oneOf|not valid"),
        ("    else: dolor-agarre\n", "", "not valid"),
        ("  starts_at: dolor-cuando\n", "", "'starts_at' is a required property"),
        ("  covers: [pain]", "  cubre: [pain]", "'cubre' was unexpected"),
        ("topic:\n", "tema:\n", "'tema' was unexpected"),
        ("id: dolor\n", "id: Dolor\n", "does not match"),
    ],
)
def test_what_is_wrong_is_underlined(old: str, new: str, message: str) -> None:
    text = SMALL["dolor.yaml"]
    assert old in text
    assert problems("dolor.yaml", parse_yaml(text)) == []
    found = problems("dolor.yaml", parse_yaml(text.replace(old, new, 1)))
    assert any(part in problem for problem in found for part in message.split("|")), found


def test_completion_explains_the_fields() -> None:
    node = schemas()["topic.schema.json"]["$defs"]["Advice"]["properties"]
    assert node["seek_help"]["description"] == "When to ask for help, and whom."


def test_only_tree_yaml_holds_the_tree() -> None:
    tree = parse_yaml(SMALL["tree.yaml"])
    assert problems("tree.yaml", tree) == []
    assert problems("dolor.yaml", tree)
    assert problems("tree.yaml", {"variables": {}}) == ["'tree' is a required property"]
