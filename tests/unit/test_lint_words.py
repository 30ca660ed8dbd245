"""The words of the findings: all there in Spanish, filled in, and none to spare."""

import re
from pathlib import Path
from typing import get_args

import pytest

from agent.settings import PROJECT, Settings
from agent.texts import load_texts
from tests.unit.lint_trees import Change, clean, found, node
from tests.unit.test_lint import FAILING, given, nothing
from tools.lint import RULES, Finding, Severity
from tools.lint.finding import PARTS
from tools.tree import Tree, Urgency, Variable
from ui.tree_findings import Words, findings_of, words_of

SPANISH = load_texts("es")
NOT_VALID = Finding("not-valid", "error", None, "", "lint.not_valid.what", (("problem", "x"),))


@pytest.fixture(scope="module")
def every_kind() -> list[Finding]:
    """What is found in all the trees that fail, and in those that only --online can find."""
    findings = [f for rule, change in FAILING for f in found(change, rule, **given(rule, True))]
    unanswered = found(nothing, "dead-source", dead={"guide": "timed out"})
    return [*findings, *unanswered, NOT_VALID]


def phrases(prefix: str) -> set[str]:
    return set(filter(lambda key: key.startswith(prefix), SPANISH.keys()))


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_every_rule_has_its_words(rule: str) -> None:
    own = f"lint.{rule.replace('-', '_')}."
    assert {f"{own}why", f"{own}mend"} <= SPANISH.keys()
    assert phrases(f"{own}what")


def test_every_finding_can_be_worded_and_quotes_its_values(every_kind: list[Finding]) -> None:
    for finding in every_kind:
        words = words_of(finding, SPANISH)
        text = f"{words.what}\n{words.why}\n{words.mend}"
        assert not re.search(r"[{}]", text), text
        assert any(value in words.what for _, value in finding.values), words.what


def test_no_phrase_is_to_spare(every_kind: list[Finding]) -> None:
    whats = {finding.key for finding in every_kind}
    rules = {key.rpartition(".")[0] for key in whats}
    assert {key for key in phrases("lint.") if ".what" in key} == whats
    others = phrases("lint.") - whats
    always = {f"{rule}.{part}" for rule in rules for part in ("why", "mend")}
    assert always <= others
    assert {key.replace(".mend_", ".what_") for key in others - always} <= whats


def test_no_value_is_to_spare(every_kind: list[Finding]) -> None:
    """A value that no phrase of its rule uses is one that the words forgot."""
    values: dict[str, set[str]] = {}
    for finding in every_kind:
        rule = finding.key.rpartition(".")[0]
        values.setdefault(rule, set()).update(name for name, _ in finding.values)
    for rule, names in values.items():
        catalogue = (PROJECT / "ui" / "texts" / "es.yaml").read_text("utf-8")
        section = catalogue.partition("\nlint:\n")[2]
        own = re.search(rf"^  {rule.removeprefix('lint.')}:\n((?:    .*\n)+)", section, re.M)
        assert own
        assert set(re.findall(r"{(\w+)}", own[1])) == names, rule


def test_values_that_stand_for_something_have_words() -> None:
    units = {unit for unit in get_args(Variable.model_fields["unit"].annotation) if unit}
    named = {unit for literal in units for unit in get_args(literal)}
    assert phrases("check.unit.") == {f"check.unit.{unit}" for unit in named | {"none", "%"}}
    fields = {*PARTS, "help", "label"}
    assert phrases("check.field.") == {f"check.field.{field}" for field in fields}
    urgent = set(get_args(Urgency)) - {"none"}
    assert phrases("check.urgency.") == {f"check.urgency.{urgency}" for urgency in urgent}
    severities = set(get_args(Severity))
    assert phrases("check.severity.") == {f"check.severity.{name}" for name in severities}


def words(rule: str, change: Change) -> Words:
    (finding,) = found(change, rule)
    return words_of(finding, SPANISH)


def test_a_kind_may_have_its_own_way_of_mending() -> None:
    assert (
        "29 (días)" in words("condition-gap", lambda c: _branches(c, "age < 14", "age >= 30")).what
    )
    assert "límites del dato" in words("unit-or-range", lambda c: _branches(c, "age < 400")).mend
    wrong = words("unit-or-range", lambda c: node(c, "leaf").update(text="Toma 30 ML en la toma."))
    assert wrong.what == "En el texto (text) pone «30 ML», y esa unidad se escribe «ml»."
    assert wrong.mend == "Escríbela así: «ml»."


def _branches(content: dict[str, object], *whens: str) -> None:
    node(content, "l")["branches"] = [{"when": when, "to": "go"} for when in whens]


def test_findings_are_held_against_everything(tmp_path: Path) -> None:
    content = clean()
    node(content, "leaf").update(text="Vacía bien el pecho después de cada toma.")
    content["topics"][0]["red_flags"] = ["hiccups"]
    findings = findings_of(Tree.model_validate(content), Settings())
    assert {"outdated-advice", "unknown-red-flag"} <= {finding.rule for finding in findings}
