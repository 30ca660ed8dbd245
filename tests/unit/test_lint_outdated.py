"""The list of outdated advice: how wordings read, and what is said about a list that is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.trees import Item
from tests.unit.lint_trees import OUTDATED, Change, found, node
from tools.errors import TreeError
from tools.formats.yaml_folder import read_tree
from tools.lint import lint
from tools.lint.outdated import OutdatedAdvice, read_outdated

TREES = Path(__file__).parents[2] / "trees"


@pytest.fixture(scope="module")
def shipped() -> OutdatedAdvice:
    return read_outdated(TREES / "outdated_advice.yaml")


def finds(wording: str, text: str) -> bool:
    """Whether a list with this one wording flags an answer's text."""
    content = OUTDATED.model_dump(mode="json")
    content["advice"][0] |= {"wordings": [wording], "unless": []}
    outdated = OutdatedAdvice.model_validate(content)
    change: Change = lambda content: node(content, "leaf").update(text=text)  # noqa: E731
    return bool(found(change, "outdated-advice", outdated_advice=outdated))


@pytest.mark.parametrize(
    ("wording", "text", "expected"),
    [
        ("masaj* fuerte", "Masajea muy fuerte.", True),
        ("masaj* fuerte", "Masajea fuertemente.", False),
        ("masaj* fuerte*", "Masajéalo FUERTEMENTE.", True),
        ("sol ventana", "Sol uno dos tres cuatro ventana.", True),
        ("sol ventana", "Sol uno dos tres cuatro cinco ventana.", False),
        ("sol (1) ventana", "Sol uno dos ventana.", False),
        ("sol +ventana", "Sol y ventana.", False),
        ("sol/luz +ventana", "Luz, ventana.", True),
        ("sol ventana", "Hay sol. La ventana está abierta.", False),
        ("sol ventana", "Sol\nventana", False),
        ("dej* !solo", "Deja al bebé.", True),
        ("dej* !solo", "Deja solo al bebé.", False),
        ("parasol", "Con el sol.", False),
    ],
)
def test_how_a_wording_reads(wording: str, text: str, expected: bool) -> None:
    assert finds(wording, text) is expected


def test_what_it_says_is_the_lists_own() -> None:
    change: Change = lambda content: node(content, "leaf").update(text="Vacía el pecho.")  # noqa: E731
    (finding,) = found(change, "outdated-advice")
    assert dict(finding.values) == {
        "quote": "vacia el pecho",
        "field": "text",
        "advice": "vaciar",
        "reason": "It raises production.",
        "sources": "Academy 2024 <https://example.org/old>",
        "instead": "feed on demand",
    }


def test_the_shipped_list(shipped: OutdatedAdvice) -> None:
    assert len(shipped.advice) >= 15
    assert {s for a in shipped.advice for s in a.sources} == set(shipped.source_by_id)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("Vacía bien el pecho después de cada toma.", "vaciar-el-pecho"),
        ("Date un masaje profundo sobre el bulto.", "masaje-profundo"),
        ("Aplica calor en el pecho.", "calor-en-la-inflamacion"),
        ("Dale 10 minutos de cada pecho.", "minutos-por-pecho"),
        ("Sigue un horario fijo.", "tomas-con-horario"),
        ("Frota los pezones con una toalla.", "endurecer-el-pezon"),
        ("Aguanta el dolor los primeros días.", "aguantar-el-dolor"),
        ("Dale agua con azúcar.", "suero-glucosado"),
        ("Ponlo al sol un rato.", "sol-para-la-ictericia"),
        ("Acuéstalo boca abajo.", "boca-abajo"),
    ],
)
def test_the_shipped_list_finds(shipped: OutdatedAdvice, text: str, advice: str) -> None:
    change: Change = lambda content: node(content, "leaf").update(text=text)  # noqa: E731
    findings = found(change, "outdated-advice", outdated_advice=shipped)
    assert any(("advice", advice) in finding.values for finding in findings)


def test_the_shipped_tree_repeats_none_of_it(shipped: OutdatedAdvice) -> None:
    tree = read_tree(TREES / "lactancia")
    assert lint(tree, outdated_advice=shipped, only=["outdated-advice"]) == []


def broken(path: Path, change: Callable[[Item], object]) -> str:
    content = OUTDATED.model_dump(mode="json")
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    with pytest.raises(TreeError) as caught:
        read_outdated(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["advice"][0].update(sources=["gone"]), "'vaciar' cites unknown source 'gone'"),
        (lambda c: c["advice"].append(c["advice"][0]), "advice 'vaciar' is there more than once"),
        (lambda c: c["advice"][0].update(wordings=["vacía"]), "got 'vacía'"),
        (lambda c: c["advice"][0].update(wordings=["+vaciar"]), "'+vaciar' cannot stand there"),
        (lambda c: c["advice"][0].update(wordings=["va* pecho"]), "fewer than 3 letters"),
        (lambda c: c["advice"][0].update(why=""), "advice.0.why"),
        (lambda c: c["advice"][0].update(reason="x"), "advice.0.reason"),
        (lambda c: c.pop("corrections"), "corrections: Field required"),
    ],
)
def test_what_is_said_of_a_wrong_list(
    tmp_path: Path, change: Callable[[Item], object], message: str
) -> None:
    assert message in broken(tmp_path / "list.yaml", change)


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a: [", "key: value"])
def test_a_file_that_is_no_list(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(TreeError, match=r"list\.yaml"):
        read_outdated(path)
    with pytest.raises(TreeError, match="cannot be read"):
        read_outdated(tmp_path / "none.yaml")
