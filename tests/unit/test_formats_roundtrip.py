"""Whatever a tree says, it comes back from every format that can be read, word by word."""

import copy
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.trees import random_tree
from tools.errors import TreeError
from tools.formats.columns import SHEETS
from tools.formats.csv_folder import read_csv, write_csv
from tools.formats.json_file import read_json, write_json
from tools.formats.registry import FORMATS, read, write
from tools.formats.to_tables import to_tables
from tools.formats.xlsx_file import read_xlsx, write_xlsx
from tools.formats.yaml_folder import parse_yaml, read_tree
from tools.formats.yaml_text import yaml_text
from tools.formats.yaml_writer import write_tree
from tools.tree import Tree

SHIPPED = Path(__file__).parents[2] / "trees" / "lactancia"
FREE_TEXTS = {
    *("text", "help", "title", "summary", "label", "normal", "seek_help", "service", "description"),
    *("organisation", "licence", "reviewed_by", "examples", "said", "denied", "says"),
}
NASTY = [
    *(
        "no",
        "1:30",
        "2026-11-23",
        "007",
        "1e3",
        "0x1F",
        "~",
        "null",
        "true",
        "VERDADERO",
        "-",
        "--",
    ),
    *(
        "- uno\n- dos",
        "#nada",
        "a #b",
        "a: b",
        "a:",
        "[a",
        "{a}",
        "&a",
        "*a",
        "!a",
        "%a",
        "@a",
        "`a",
    ),
    *("=1+1", "+34 600", "-5", "@SUM(A1)", "'=x", "''+1", "'hola'", '"cita"', '=HYPERLINK("x")'),
    *(
        "a\nb",
        "a\n\n  b",
        "a \nb",
        "a\r\nb",
        "a\rb",
        "a\tb",
        "a\t\n\tb",
        "a;b,c",
        "a\\b",
        "\\u0041",
    ),
    *(
        "38\u00a0°C",
        "👶🏽 niña",
        "e\u0301",
        "\u200bcero",
        "a\u2028b",
        "a\x85b",
        "\ufeffx",
        "a\x07b",
    ),
    *("_x000D_", "_x005F_x000D_", "$tree", "'; DROP", "</text>", "&amp;", "|", "|-", ">", "? a"),
    *(" a\nb", "a\n", "\na", "a\n\n", "a\n ", "  a\n b", "a\n\tb", "\ta\nb"),
    *("en otro caso", "(ninguna)", "x" * 300, "# título\ntexto", "a\x00b", "---", "...", "--- a"),
]
texts = st.sampled_from(NASTY) | st.text(min_size=1, max_size=30)


def dressed(seed: int, words: list[str]) -> Tree:
    """A random tree that says `words` wherever something may be said, and uses every field."""
    rng = random.Random(seed)
    content = copy.deepcopy(random_tree(seed, nodes=20).model_dump(mode="json", by_alias=True))
    spoken = iter(lambda: rng.choice(words), None)
    first, second = content["topics"][0], content["topics"][1]
    first |= {"status": "draft", "red_flags": [], "covers": ["no", "12"]}
    first["near_misses"] = [{"says": "x", "belongs_to": second["id"]} for _ in range(2)]
    second["red_flags"] = ["true", "fiebre-alta"]
    content["sources"][0]["language"] = "en"
    content["variables"]["preterm"] |= {"said": ["x", "x"], "denied": ["x"]}
    content["variables"]["feeds"] |= {"unit": None, "min": -0.5, "max": 1e-7}
    for node in content["nodes"]:
        if node["kind"] == "advice":
            node |= {"seek_help": "x", "reviewed_by": "x", "reviewed_text": "0" * 12}
    return Tree.model_validate(_said(content, spoken))


def _said(value: Any, spoken: Iterator[str], key: str = "") -> Any:
    match value:
        case dict():
            return {k: _said(item, spoken, k) for k, item in value.items()}
        case list() if key == "options":
            # Labels of one question differ.
            return [
                _said(item, spoken) | {"label": f"{i}{next(spoken)}"}
                for i, item in enumerate(value)
            ]
        case list():
            return [_said(item, spoken, key) for item in value]
        case str() if key in FREE_TEXTS:
            return f"{next(spoken)}".strip() or "x"
        case _:
            return value


READABLE = [item.name for item in FORMATS if item.read and item.write]


@pytest.mark.parametrize("name", READABLE)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 50), words=st.lists(texts, min_size=1, max_size=40))
@example(seed=0, words=NASTY)
@example(seed=1, words=NASTY)
@example(seed=2, words=NASTY)
def test_a_tree_comes_back(
    name: str, seed: int, words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree = dressed(seed, words)
    target = tmp_path_factory.mktemp("ida") / "vuelta"
    write(tree, target, name)
    assert read(target, name) == tree


@pytest.mark.parametrize("name", READABLE)
def test_the_shipped_tree_comes_back(name: str, tmp_path: Path) -> None:
    tree = read_tree(SHIPPED)
    write(tree, tmp_path / "todo", name)
    again = read(tmp_path / "todo", name)
    assert again == tree
    assert again.checksum == tree.checksum


@given(st.recursive(
    texts | st.integers() | st.booleans() | st.none(),
    lambda below: st.lists(below, min_size=1, max_size=3)
    | st.dictionaries(texts, below, min_size=1, max_size=3),
    max_leaves=8,
))  # fmt: skip
@settings(max_examples=300, deadline=None, derandomize=True)
def test_yaml_text_says_what_the_data_says(value: Any) -> None:
    assert parse_yaml(yaml_text({"clave": value})) == {"clave": value}


def test_the_files_follow_the_order_of_the_tree(tmp_path: Path) -> None:
    """Topics and shared nodes that the alphabet would put elsewhere are numbered."""
    tree = random_tree(3, nodes=30)
    nodes = sorted(tree.nodes, key=lambda node: tree.topic_of.get(node.id, "zzz"), reverse=True)
    turned = tree.model_copy(update={"topics": tree.topics[::-1], "nodes": tuple(nodes)})
    write_tree(turned, tmp_path / "a")
    assert read_tree(tmp_path / "a") == turned
    assert "1-comun.yaml" in [path.name for path in (tmp_path / "a").iterdir()]


def test_nodes_of_a_topic_that_stand_apart_are_gathered(tmp_path: Path) -> None:
    tree = random_tree(4, nodes=30)
    nodes = list(tree.nodes)
    random.Random(1).shuffle(nodes)
    mixed = tree.model_copy(update={"nodes": tuple(nodes)})
    write_tree(mixed, tmp_path / "a")
    again = read_tree(tmp_path / "a")
    assert again != mixed
    assert again.version == mixed.version


def test_topics_with_the_names_of_other_files(tmp_path: Path) -> None:
    content = random_tree(5, nodes=20).model_dump(mode="json", by_alias=True)
    text = str(content).replace("tema-0", "tree").replace("tema-1", "fuentes")
    tree = Tree.model_validate(eval(text))
    write_tree(tree, tmp_path / "a")
    assert read_tree(tmp_path / "a") == tree


def test_a_topic_without_nodes_of_its_own(tmp_path: Path) -> None:
    tree = random_tree(6, nodes=20)
    lent = tree.model_copy(
        update={"topic_of": {k: v for k, v in tree.topic_of.items() if v != "tema-0"}}
    )
    write_tree(lent, tmp_path / "a")
    assert read_tree(tmp_path / "a") == lent


def test_a_node_of_a_topic_that_does_not_exist(tmp_path: Path) -> None:
    tree = random_tree(6, nodes=20)
    lost = tree.model_copy(update={"topic_of": tree.topic_of | {tree.nodes[0].id: "nada"}})
    with pytest.raises(TreeError, match="topics that do not exist: 'nada'"):
        write_tree(lost, tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_it_reads_as_an_editor_would_write_it(tmp_path: Path) -> None:
    tree = dressed(1, ["Frío con un paño.\n- Sin calor.\n- Sin masajes.", "¿Cómo estás?"])
    write_tree(tree, tmp_path / "a")
    for path in (tmp_path / "a").iterdir():
        text = path.read_text("utf-8")
        assert '"' not in re.sub('"(12|true|0{12})"', "", text), path
        assert "text: |-\n      Frío con un paño.\n      - Sin calor." in text or path.stem in (
            "tree",
            "fuentes",
        )
    topic = (tmp_path / "a" / "tema-0.yaml").read_text("utf-8")
    assert "\n\nnodes:\n  - id: t0-n0\n    kind: " in topic
    assert "\n\n  - id: t0-n1\n" in topic
    assert '  covers: [no, "12"]\n' in topic
    assert "null" not in topic


def test_every_field_of_the_tree_has_a_column() -> None:
    """A field that is added to the tree must not be lost in the tables."""
    definitions = Tree.model_json_schema()["$defs"]
    keys = {sheet: {column.key for column in columns} for sheet, columns in SHEETS.items()}
    ways, spoken = {"options", "branches", "else", "to"}, {"examples", "said", "denied"}
    nodes = {"Question", "Input", "Logic", "Advice", "Referral"}
    for name in nodes:
        assert definitions[name]["properties"].keys() <= keys["nodos"] | ways | {"entry"}
    for name, sheet in (("Topic", "temas"), ("Source", "fuentes"), ("Variable", "variables")):
        assert definitions[name]["properties"].keys() <= keys[sheet] | spoken | {"near_misses"}
    for name in ("Option", "Branch"):
        assert definitions[name]["properties"].keys() <= keys["opciones"] | spoken
    entry = {f"entry.{key}" for key in definitions["Entry"]["properties"]}
    assert entry <= keys["nodos"] | {"entry.examples"}
    near_miss = definitions["NearMiss"]["properties"].keys()
    assert near_miss <= keys["ejemplos"] | {"says"}
    assert Tree.model_fields.keys() == {
        *("id", "title", "language", "licence", "areas"),
        *("variables", "topics", "nodes", "sources", "topic_of"),
    }
    assert to_tables(random_tree(1)).keys() == SHEETS.keys()


def test_formats_are_told_by_the_name(tmp_path: Path) -> None:
    tree = random_tree(7, nodes=20)
    for name in ("a.json", "a.XLSX", "carpeta"):
        write(tree, tmp_path / name)
        assert read(tmp_path / name) == tree
    write(tree, tmp_path / "tablas", "csv")
    assert read(tmp_path / "tablas") == tree
    with pytest.raises(TreeError, match=r"'a.doc' tells no format; valid: yaml \(folder\), csv"):
        write(tree, tmp_path / "a.doc")
    with pytest.raises(TreeError, match=r"unknown format 'docx'; valid: .*xlsx \(.xlsx\)"):
        write(tree, tmp_path / "a.json", "docx")
    with pytest.raises(TreeError, match="there is no file or folder"):
        read(tmp_path / "nada.json")


def test_a_folder_is_replaced_only_when_told(tmp_path: Path) -> None:
    old, new = random_tree(1, nodes=20), random_tree(2, nodes=20)
    folder = tmp_path / "a"
    write(old, folder)
    with pytest.raises(TreeError, match=r"already holds \d+ files: .* --force"):
        write(new, folder)
    assert read(folder) == old
    write(new, folder, force=True)
    assert read(folder) == new
    assert [path.name for path in tmp_path.iterdir()] == ["a"], "nothing is left behind"


def test_other_things_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "tesis.docx").touch()
    with pytest.raises(TreeError, match=r"holds other things \(tesis.docx\)"):
        write(random_tree(1), tmp_path, "yaml", force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["tesis.docx"]


@pytest.mark.parametrize("name", ["yaml", "csv"])
def test_nothing_is_half_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = random_tree(1, nodes=20), random_tree(2, nodes=20)
    write(old, tmp_path / "a", name)
    written = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.stem in ("tema-1", "nodos"):
            raise OSError(28, "No space left on device")
        return written(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(TreeError, match="No space left"):
        write(new, tmp_path / "a", name, force=True)
    monkeypatch.undo()
    assert read(tmp_path / "a", name) == old
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_stays_until_the_new_one_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = random_tree(1, nodes=20)
    write_json(old, tmp_path / "a.json")

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(TreeError, match="No space left"):
        write_json(random_tree(2), tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == old


def test_texts_that_do_not_fit_a_cell(tmp_path: Path) -> None:
    tree = dressed(1, ["x" * 33_000])
    with pytest.raises(TreeError, match="33000 characters, more than 32767") as caught:
        write_xlsx(tree, tmp_path / "a.xlsx")
    assert "nodos, row 2, column 'texto'" in "".join(caught.value.problems)
    assert not (tmp_path / "a.xlsx").exists()
    write_csv(tree, tmp_path / "a")
    assert read_csv(tmp_path / "a") == tree


def test_a_workbook_is_text_throughout(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    write_xlsx(dressed(1, ["=1+1", "007", "2026-11-23", "+34"]), tmp_path / "a.xlsx")
    for sheet in load_workbook(tmp_path / "a.xlsx").worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.value is None or isinstance(cell.value, str)
                assert cell.data_type in ("s", "n"), "no formula; n is an empty cell"
                assert cell.number_format == "@"
    assert read_xlsx(tmp_path / "a.xlsx").topics[0].title in ("=1+1", "007", "2026-11-23", "+34")
