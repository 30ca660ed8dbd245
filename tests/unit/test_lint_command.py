"""`nodriza tree check`: places, exit codes, and output for people and programs."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.trees import SMALL, random_draft, write_small
from tools.formats.json_file import write_json
from tools.formats.yaml_folder import Location, read_tree, read_tree_and_places
from tools.lint import RULES
from tools.tree import Tree
from ui.tree_commands import app


def check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def found(*arguments: object) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = json.loads(check("--json", *arguments).stdout)
    return content


def line_of(file: str, piece: str) -> str:
    text = SMALL[f"{file}.yaml"]
    return f"{file}.yaml:{text[: text.index(piece)].count(chr(10)) + 1}"


def locations(value: Any, at: Location = ()) -> list[Location]:
    """Every location in a tree's content."""
    below: list[Location] = [at]
    if isinstance(value, dict):
        for key, item in value.items():
            below += locations(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            below += locations(item, (*at, index))
    return below


@pytest.mark.parametrize("seed", range(3))
def test_everything_stands_where_the_files_say_it(tmp_path: Path, seed: int) -> None:
    draft = random_draft(seed, nodes=60)
    folder = draft.write(tmp_path)
    tree, place_of = read_tree_and_places(folder)
    assert tree == read_tree(folder)
    content = tree.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for section in ("nodes", "topics", "sources"):
        for at in locations(content[section], (section,)):
            value: Any = content
            for step in at:
                value = value[step]
            if isinstance(value, str) and at[-1] == "id":
                place = place_of(at)
                assert place
                file, _, line = place.rpartition(":")
                text = (folder / file).read_text("utf-8").split("\n")[int(line) - 1]
                assert value in text, (at, place)


def test_what_is_not_spelt_out_stands_around_it(tmp_path: Path) -> None:
    _, place_of = read_tree_and_places(write_small(tmp_path))
    tree = read_tree(tmp_path)
    number = [node.id for node in tree.nodes].index("dolor-agarre")
    assert place_of(("nodes", number, "normal")) == line_of("dolor", "  - id: dolor-agarre")
    assert place_of(("nodes", number, "urgency")) != place_of(("nodes", number, "normal"))


def test_findings_have_their_place(tmp_path: Path) -> None:
    write_small(tmp_path)
    findings = {(f["rule"], f["about"]): f for f in found(tmp_path)}
    topic = findings["red-flags-not-considered", "dolor"]
    assert topic["place"] == line_of("dolor", "topic:")
    option = findings["few-examples", "dolor-cuando/siempre"]
    assert option["place"] == line_of("dolor", "{id: siempre")
    assert list(option) == [
        *("rule", "severity", "place", "about", "key", "values", "what", "why", "mend")
    ]
    assert option["key"] == "lint.few_examples.what_option"
    assert option["values"]["count"] in option["what"]


def test_errors_come_first_and_then_files_line_by_line(tmp_path: Path) -> None:
    write_small(tmp_path, comun=SMALL["comun.yaml"].replace("    sources: [guia]\n", ""))

    def order(finding: dict[str, Any]) -> tuple[str, str, int]:
        file, _, line = finding["place"].rpartition(":")
        return finding["severity"], file, int(line)

    findings = found(tmp_path)
    assert findings == sorted(findings, key=order)
    assert {finding["severity"] for finding in findings} == {"error", "warning"}


def test_for_people(tmp_path: Path) -> None:
    write_small(tmp_path)
    output = check(tmp_path).output
    assert (
        f"{line_of('dolor', '  - id: dolor-agarre')} aviso missing-part dolor-agarre: La respuesta "
        "«Mejora el agarre» no dice qué es normal (normal).\n"
    ) in output
    assert "Nadie ha dicho todavía qué peligros puede haber detrás de este problema. → " in output
    assert "nodos, errores: 0, avisos: " in output
    assert "(--online lo hace)" in output


def test_exit_codes(tmp_path: Path) -> None:
    write_small(tmp_path / "warnings")
    assert check(tmp_path / "warnings").exit_code == 0
    assert check(tmp_path / "warnings", "--strict").exit_code == 1
    assert check(tmp_path / "warnings", "--only", "unreachable", "--strict").exit_code == 0
    unsourced = SMALL["comun.yaml"].replace("    sources: [guia]\n", "")
    write_small(tmp_path / "errors", comun=unsourced)
    assert check(tmp_path / "errors").exit_code == 1
    assert check(tmp_path / "errors", "--only", "few-examples").exit_code == 0
    assert check(tmp_path / "nowhere").exit_code == 2


def test_a_tree_that_is_not_valid(tmp_path: Path) -> None:
    text = SMALL["dolor.yaml"].replace("to: dolor-fiebre}", "to: gone}")
    write_small(tmp_path, dolor=text)
    result = check(tmp_path)
    assert result.exit_code == 2
    assert "leads to unknown node 'gone'" in result.stderr
    result = check(tmp_path, "--json")
    assert result.exit_code == 2
    (problem,) = json.loads(result.stdout)
    assert (problem["rule"], problem["severity"]) == ("not-valid", "error")
    assert problem["place"] == line_of("dolor", "  - id: dolor-cuando")
    assert "leads to unknown node 'gone'" in problem["what"]


def test_a_rule_that_is_not_there(tmp_path: Path) -> None:
    result = check(write_small(tmp_path), "--only", "unreachabel")
    assert result.exit_code == 2
    assert "unreachabel" in result.stderr


def test_rules_can_be_named_repeatedly(tmp_path: Path) -> None:
    write_small(tmp_path)
    rules = {f["rule"] for f in found(tmp_path, "--only", "few-examples", "--rule", "missing-part")}
    assert rules == {"few-examples", "missing-part"}


def test_a_tree_from_elsewhere_has_no_places(tmp_path: Path) -> None:
    tree: Tree = read_tree(write_small(tmp_path))
    write_json(tree, tmp_path / "tree.json")
    findings = found(tmp_path / "tree.json")
    assert findings
    assert {finding["place"] for finding in findings} == {None}


def test_online_fetches_what_is_cited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is closed here, so the page cannot be fetched."""
    unused = SMALL["comun.yaml"] + SMALL["comun.yaml"].rpartition("sources:\n")[2].replace(
        "id: guia", "id: otra"
    )
    write_small(
        tmp_path,
        comun=unused.replace("https://example.org", "http://127.0.0.1:9"),
    )
    dead = found(tmp_path, "--online", "--only", "dead-source")
    assert [finding["about"] for finding in dead] == ["guia"]
    assert found(tmp_path, "--only", "dead-source") == []


def test_the_documentation_lists_every_rule() -> None:
    page = (Path(__file__).parents[2] / "docs" / "tree-lint.md").read_text("utf-8")
    rows = [
        line.split("|")[1:3]
        for line in page.partition("| rule |")[2].splitlines()
        if line.startswith("| `")
    ]
    told = {name.strip(" `"): severity.strip() for name, severity in rows}
    assert told == {rule.id: rule.severity for rule in RULES}
