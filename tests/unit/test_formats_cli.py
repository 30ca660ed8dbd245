"""`nodriza tree export`, `import` and `schema`, as an editor runs them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.trees import write_small
from tools.errors import TreeError
from tools.formats.yaml_folder import read_tree
from ui.tree_commands import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small(tmp_path / "pequeño")


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception:
        raise result.exception
    return " ".join(result.output.split())


@pytest.mark.parametrize("name", ["a.json", "a.xlsx", "otro"])
def test_there_and_back(folder: Path, tmp_path: Path, name: str) -> None:
    tree = read_tree(folder)
    assert tree.version in run("export", tmp_path / name, "--tree", folder)
    said = run("import", tmp_path / name, "--out", tmp_path / "vuelta")
    assert "1 topics, 12 nodes, 3 variables, 1 sources, 3 examples of beginnings" in said
    assert "Next: nodriza tree check" in said
    assert read_tree(tmp_path / "vuelta") == tree


def test_tables_as_csv(folder: Path, tmp_path: Path) -> None:
    run("export", tmp_path / "tablas", "--format", "csv", "--tree", folder)
    assert (tmp_path / "tablas" / "nodos.csv").exists()
    run("import", tmp_path / "tablas", "--out", tmp_path / "vuelta")
    with pytest.raises(TreeError, match="--force"):
        run("import", tmp_path / "tablas", "--out", tmp_path / "vuelta")
    run("import", tmp_path / "tablas", "--out", tmp_path / "vuelta", "--force")
    assert read_tree(tmp_path / "vuelta") == read_tree(folder)


def test_nothing_comes_in_when_something_is_wrong(folder: Path, tmp_path: Path) -> None:
    run("export", tmp_path / "a.json", "--tree", folder)
    text = (tmp_path / "a.json").read_text("utf-8")
    (tmp_path / "a.json").write_text(text.replace('"to": "consulta"', '"to": "nada"'), "utf-8")
    with pytest.raises(TreeError, match=r"a.json:\d+: node 'dolor-logica' leads to unknown node"):
        run("import", tmp_path / "a.json", "--out", tmp_path / "vuelta")
    assert not (tmp_path / "vuelta").exists()


def test_a_suffix_that_nobody_writes(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TreeError, match=r"valid: yaml \(folder\), csv \(folder\), json \(.json\)"):
        run("export", tmp_path / "a.doc", "--tree", folder)


def test_counts_for_machines(folder: Path, tmp_path: Path) -> None:
    counts = json.loads(run("import", folder, "--out", tmp_path / "vuelta", "--json"))
    assert counts["version"] == read_tree(folder).version
    assert counts["nodes"] == 12


@pytest.mark.parametrize(
    ("name", "start"), [("a.svg", "<svg "), ("a.html", "<!doctype html>"), ("a.mmd", "flowchart")]
)
def test_pictures(folder: Path, tmp_path: Path, name: str, start: str) -> None:
    for arguments in (["dolor"], []):
        run("draw", *arguments, "--to", tmp_path / name, "--tree", folder)
        assert (tmp_path / name).read_text("utf-8").startswith(start)
    run("export", tmp_path / f"todo-{name}", "--tree", folder)
    assert (tmp_path / f"todo-{name}").read_bytes() == (tmp_path / name).read_bytes()
    with pytest.raises(TreeError, match="no topic 'nada'; there are: dolor"):
        run("draw", "nada", "--to", tmp_path / name, "--tree", folder)
    with pytest.raises(TreeError, match=r"valid: mermaid \(.mmd\), svg \(.svg\), html \(.html\)"):
        run("draw", "--to", tmp_path / "a.png", "--tree", folder)


def test_a_cypher_script(folder: Path, tmp_path: Path) -> None:
    run("export", tmp_path / "a.cypher", "--tree", folder)
    assert read_tree(folder).version in (tmp_path / "a.cypher").read_text("utf-8")


def test_schemas_are_written(tmp_path: Path) -> None:
    run("schema", "--out", tmp_path)
    for name in ("topic", "tree"):
        assert json.loads((tmp_path / f"{name}.schema.json").read_text("utf-8"))["title"]


def test_somebody_elses_apoc_export_through_a_mapping(tmp_path: Path) -> None:
    dump, mapping = tmp_path / "dump.json", tmp_path / "mapping.yaml"
    nodes = [
        ("0", "Pregunta", {"texto": "¿Tienes fiebre?"}),
        ("1", "Consejo", {"texto": "Pide que te vean hoy."}),
        ("2", "Consejo", {"texto": "Sigue dando el pecho."}),
        ("3", "Usuaria", {"correo": "una@example.org"}),
    ]
    lines = [{"type": "node", "id": i, "labels": [la], "properties": p} for i, la, p in nodes] + [
        {"type": "relationship", "label": name, "start": {"id": "0"}, "end": {"id": end}}
        for name, end in (("SI", "1"), ("NO", "2"))
    ]
    dump.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    with pytest.raises(TreeError, match="not filled by Nodriza: say with --mapping"):
        run("import", dump, "--out", tmp_path / "vuelta")
    result = CliRunner().invoke(app, ["import", str(dump), "--suggest"])
    mapping.write_text(result.output, "utf-8")
    said = run("import", dump, "--mapping", mapping, "--out", tmp_path / "vuelta")
    assert "1 topics, 3 nodes" in said
    assert "left out" not in said  # the proposal ignores what leads nowhere, by name
    mapping.write_text(result.output.replace("ignore: [Usuaria]", ""), "utf-8")
    again = run("import", dump, "--mapping", mapping, "--out", tmp_path / "vuelta", "--force")
    assert "left out: 1 :Usuaria" in again
    assert {node.kind for node in read_tree(tmp_path / "vuelta").nodes} == {"question", "advice"}


def test_a_database_is_not_read_without_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    with pytest.raises(TreeError, match="set NEO4J_PASSWORD to the password of user 'neo4j'"):
        run("import", "bolt://127.0.0.1:1", "--out", tmp_path / "vuelta")
    with pytest.raises(TreeError, match="name the folder to write with --out"):
        run("import", tmp_path / "dump.json")
