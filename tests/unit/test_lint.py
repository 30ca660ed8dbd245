"""Every rule: trees in which it finds something, and trees like them in which it doesn't."""

import time
from datetime import date
from typing import Any

import pytest

from evaluation.speed.synthetic import synthetic_tree
from tests.trees import Item
from tests.unit.lint_trees import (
    EXAMPLES,
    TODAY,
    Change,
    branches,
    found,
    leaf,
    node,
    options,
    question,
)
from tools.lint import RULES, lint


def add(content: Item, *nodes: Item, reached_from: str | None = None) -> None:
    content["nodes"] += nodes
    if reached_from:
        extra = {
            "id": "extra",
            "label": "Otra cosa",
            "to": nodes[0]["id"],
            "examples": ["x y z"] * 0,
        }
        node(content, reached_from)["options"].append(extra | {"examples": EXTRA})


EXTRA = ["nada de eso vale", "ni idea chica", "prefiero contarlo yo"]


def set_leaf(**fields: Any) -> Change:
    return lambda content: node(content, "leaf").update(fields)


def set_help(text: str, **fields: Any) -> Change:
    return lambda content: node(content, "q").update(fields | {"help": text})


def set_topic(**fields: Any) -> Change:
    return lambda content: content["topics"][0].update(fields)


def set_source(**fields: Any) -> Change:
    return lambda content: content["sources"][0].update(fields)


def labelled(*labels: str) -> Change:
    return lambda content: options(content, *labels)


def branching(*whens: str) -> Change:
    def change(content: Item) -> None:
        content["nodes"] += [
            {"id": "ask-fever", "kind": "input", "text": "¿Fiebre?", "variable": "fever"},
            {"id": "ask-preterm", "kind": "input", "text": "¿Prematuro?", "variable": "preterm"},
        ]
        branches(content, *whens)

    return change


def entry(*examples: str) -> Change:
    told = {"title": "Agarre", "description": "Pregunta.", "examples": list(examples)}
    return set_leaf(entry=told)


def examples_of(*lists: list[str]) -> Change:
    def change(content: Item) -> None:
        for option, examples in zip(node(content, "q")["options"], lists, strict=False):
            option["examples"] = examples

    return change


def draft(content: Item, reached: bool = False, **links: Any) -> None:
    """A draft topic beside the published one; a logic node may lead to it."""
    add(content, question("d", "d-leaf", "leaf"), leaf("d-leaf"))
    content["topics"].append(
        {
            "id": "draft",
            "title": "Borrador",
            "summary": "Otra cosa.",
            "starts_at": "d",
            "status": "draft",
            "red_flags": [],
            "examples": [f"{word} {word[::-1]} {word}" for word in " ".join(EXAMPLES).split()[:10]],
        }
    )
    content["topic_of"] |= {"d": "draft", "d-leaf": "draft"}
    node(content, "leaf").update(links)
    if reached:
        node(content, "l")["else"] = "d"


def guarded(confirm: bool) -> Change:
    """Another topic, never guessed, that an option of the first one's question leads to."""

    def change(content: Item) -> None:
        draft(content)
        content["topics"][1] |= {"status": "published", "only_when_said": ["muri"]}
        node(content, "q")["options"].append(
            {"id": "loss", "label": "Perdí a mi bebé", "to": "d", "confirm": confirm}
            | {"examples": EXTRA}
        )

    return change


def start_in_a_draft(content: Item) -> None:
    draft(content)
    set_topic(starts_at="d")(content)


def loop(content: Item) -> None:
    add(content, question("a", "b", "b"), question("b", "a", "a"), reached_from="q")


def loop_with_a_way_in(content: Item) -> None:
    add(content, question("in", "b", "b"), question("b", "b", "b"), reached_from="q")


def loop_of_one(content: Item) -> None:
    add(content, question("a", "a", "a"), reached_from="q")


def long_loop(content: Item) -> None:
    names = [f"n{number}" for number in range(7)]
    onward = [*names[1:], names[0]]
    add(content, *map(question, names, onward, onward), reached_from="q")


def loop_with_an_exit(content: Item) -> None:
    add(content, question("a", "b", "b"), question("b", "a", "leaf"), reached_from="q")


def nothing(content: Item) -> None:
    """The tree as it is."""


LONG = "Pon al bebé cerca. Espera a que abra la boca. " * 18
HARD = (
    "La administración precoz de antiinflamatorios no esteroideos complementariamente al "
    "vaciamiento espontáneo proporciona habitualmente mejorías sintomatológicas significativas"
)
ENGLISH = "Put the baby close to you and wait until the mouth is open. Then it will feed."
PORTUGUESE = "Você não precisa dar água ao bebê e também não há pressa com os sólidos. São meses."
FEW = EXAMPLES[:3]

FAILING: list[tuple[str, Change]] = [
    ("unreachable", lambda content: add(content, leaf("new"))),
    ("no-way-out", loop_with_a_way_in),
    ("cycle-without-exit", loop),
    ("cycle-without-exit", loop_of_one),
    ("cycle-without-exit", long_loop),
    ("draft-reached", lambda content: draft(content, see_also=["d-leaf"])),
    ("draft-reached", start_in_a_draft),
    ("draft-reached", lambda content: draft(content, reached=True)),
    ("red-flags-not-considered", set_topic(red_flags=None)),
    ("unknown-red-flag", set_topic(red_flags=["fever", "hiccups"])),
    ("missing-red-flag-edge", set_topic(red_flags=["fit"])),
    ("condition-gap", branching("age < 14", "age >= 15")),
    ("condition-gap", branching("age <= 13", "age > 20")),
    ("condition-gap", branching("fever < 37.5", "fever > 37.5")),
    ("condition-gap", branching("age < 14", "age > 14")),
    ("condition-never", branching("age < 14", "age < 7")),
    ("condition-never", branching("age > 100")),
    ("condition-never", branching("age < 14 and age > 20")),
    ("condition-never", branching("age < 14", "age >= 14 and preterm", "age > 30 and preterm")),
    ("condition-never", branching("age > 13 and age < 14")),
    ("unit-or-range", branching("age < 400")),
    ("unit-or-range", branching("fever >= 100.4")),
    ("unit-or-range", branching("preterm == 1")),
    ("unit-or-range", set_leaf(text="Que te vean con fiebre de 83 °C o más.")),
    ("unit-or-range", set_leaf(text="Es normal perder 150 % del peso.")),
    ("unit-or-range", set_leaf(text="A los 3 meses pesa unos 6.000 kilos.")),
    ("unit-or-range", set_leaf(normal="Toma unos 30 ML en cada toma.")),
    ("unit-or-range", set_leaf(text="Ve si llegas a 38 ºC.")),
    ("unit-or-range", set_help("Un bebé de la semana 73 de gestación.", sources=["guide"])),
    ("unit-or-range", set_leaf(text="Duerme 26 horas al día.")),
    ("options-overlap", labelled("Hasta 2 semanas", "De 1 a 4 semanas", "Más de 4 semanas")),
    ("options-overlap", labelled("De 6 a 8 tomas", "8 o más tomas", "Menos de 6 tomas")),
    ("options-overlap", labelled("Más del 10 %", "Entre el 7 y el 12 %", "Menos del 7 %")),
    (
        "options-overlap",
        examples_of(["Sí, claro que sí", "ajá", "eso"], ["si claro, que si", "b", "c"]),
    ),
    ("options-miss-a-case", labelled("Menos de 1 semana", "De 2 a 4 semanas", "Más de 4 semanas")),
    ("options-miss-a-case", labelled("Menos de 6 tomas", "Más de 6 tomas")),
    ("options-miss-a-case", labelled("Hasta 3 días", "De 3 a 7 días", "No lo sé")),
    ("options-miss-a-case", labelled("De 2 a 4 semanas", "Más de 4 semanas")),
    ("options-miss-a-case", labelled("Menos de 7 días", "De 8 a 14 días", "Más de 14 días")),
    ("options-miss-a-case", labelled("Sí, me da miedo", "No lo sé")),
    ("options-miss-a-case", labelled("No, todavía no", "No estoy segura")),
    ("unconfirmed-option", guarded(confirm=False)),
    ("same-example-twice", set_topic(examples=[*EXAMPLES, "¡Me duele mucho, al dar de mamar!"])),
    ("same-example-twice", entry("me DUELE mucho al dar de mamár")),
    ("same-example-twice", examples_of(["ya van dos", "ya van dos!", "algo más"])),
    ("near-duplicate-examples", entry("me duele muchoo al dar de mamar")),
    (
        "near-duplicate-examples",
        examples_of(
            ["cada vez está más grande lo rojo", "ay", "uf"],
            ["cada vez está más grande y rojo", "eh", "oh"],
        ),
    ),
    ("entry-without-examples", entry()),
    ("entry-without-examples", set_topic(examples=[])),
    ("few-examples", set_topic(examples=FEW)),
    ("few-examples", examples_of(["sólo una", "y otra"])),
    ("unsourced", set_leaf(sources=[])),
    ("unsourced-figure", set_help("A partir de las 2 semanas se hace un análisis.")),
    ("unread-source-only", lambda content: content["sources"][0].update(verification="unread")),
    ("stale-source", set_source(checked_on="2024-11-22")),
    ("stale-source", set_source(checked_on="2026-02-30")),
    ("dead-source", nothing),
    (
        "unused-source",
        lambda content: content["sources"].append(content["sources"][0] | {"id": "other"}),
    ),
    ("missing-part", set_leaf(normal=None)),
    ("missing-part", set_leaf(seek_help=None)),
    ("missing-part", set_leaf(seek_help=None, urgency="emergency")),
    ("too-long", set_leaf(text=LONG)),
    ("hard-to-read", set_leaf(text=HARD)),
    ("wrong-language", set_leaf(text=ENGLISH)),
    ("wrong-language", set_leaf(text=f"Pon al bebé cerca.\n{PORTUGUESE}")),
    ("wrong-language", set_help(ENGLISH)),
    ("review-outdated", set_leaf(reviewed_by="Ana, matrona", reviewed_text="0123456789ab")),
    ("review-outdated", set_leaf(reviewed_by="Ana, matrona")),
    ("outdated-advice", set_leaf(text="Vacía bien el pecho después de cada toma.")),
    ("outdated-advice", set_leaf(text="No olvides vaciar el pecho.")),
    ("outdated-advice", set_help("Hay que vaciar los pechos.")),
    ("outdated-advice", labelled("Quiero vaciar el pecho", "Otra cosa")),
]

PASSING: list[tuple[str, Change]] = [
    ("unreachable", lambda content: add(content, leaf("new"), reached_from="q")),
    ("unreachable", branching("age < 14", "fever > 38 and preterm")),
    ("no-way-out", loop_with_an_exit),
    ("no-way-out", loop),
    ("cycle-without-exit", loop_with_an_exit),
    ("draft-reached", draft),
    ("red-flags-not-considered", set_topic(red_flags=[])),
    ("unknown-red-flag", set_topic(red_flags=["fever", "fit"])),
    ("missing-red-flag-edge", set_topic(red_flags=["fever", "pain"])),
    (
        "missing-red-flag-edge",
        lambda content: (
            set_topic(red_flags=["fit", "fever"])(content),
            node(content, "go").update(urgency="emergency"),
        ),
    ),
    ("condition-gap", branching("age <= 13", "age >= 14")),
    ("condition-gap", branching("fever <= 37.4", "fever >= 37.5")),
    ("condition-gap", branching("age > 10", "age > 20")),
    ("condition-gap", branching("age < 14", "age > 20 and preterm")),
    ("condition-gap", branching("preterm")),
    ("condition-never", branching("age < 7", "age < 14", "preterm")),
    ("condition-never", branching("preterm", "not preterm", "age < 14")),
    ("condition-never", branching("preterm or not preterm", "age < 14")),
    ("condition-never", branching("age > 13 and age < 15")),
    ("unit-or-range", branching("age <= 100", "age >= 0", "fever > 37.9", "preterm == true")),
    ("unit-or-range", set_leaf(text="Con fiebre de 38,5 °C o más, ve. En la nevera, a 4 °C.")),
    (
        "unit-or-range",
        set_leaf(text="Pierde un 7 %. Pesa 3.500 g, o 3,5 kg. Toma 30 ml en 24 horas."),
    ),
    ("unit-or-range", set_leaf(text="El congelador está a -18 °C. Lee la Ley 2306 de 2023.")),
    ("options-overlap", labelled("Hasta 2 semanas", "De 2 a 4 semanas", "Más de 4 semanas")),
    (
        "options-overlap",
        labelled("Más de una semana, va mejor", "Más de una semana, sin mejora", "No"),
    ),
    ("options-overlap", labelled("Llevo menos de dos días", "Llevo dos días o más", "No lo sé")),
    ("options-miss-a-case", labelled("Menos de 1 semana", "De 1 a 4 semanas", "Más de 4 semanas")),
    ("options-miss-a-case", labelled("Hasta 7 días", "De 8 a 14 días", "Más de 14 días")),
    ("options-miss-a-case", labelled("Menos del 7 %", "Entre el 7 y el 10 %", "Más del 10 %")),
    ("options-miss-a-case", labelled("Nada", "Algo, pero menos de 200 gramos", "200 gramos o más")),
    ("options-miss-a-case", labelled("Hasta 5 tomas", "6 o más tomas", "No lo sé")),
    ("options-miss-a-case", labelled("Hasta 3 días", "De 3 a 7 días", "Otra cosa")),
    ("options-miss-a-case", labelled("Sí, me da miedo", "No, pero estoy agotada", "No lo sé")),
    ("options-miss-a-case", labelled("Sí, y traga", "Le cuesta o se enfada", "No come")),
    ("same-example-twice", entry("me duele todo cuando empieza")),
    ("near-duplicate-examples", entry("me duele el pecho derecho al toser")),
    (
        "near-duplicate-examples",
        examples_of(
            ["hace ya 2 dias que lo tengo asi", "ay", "uf"],
            ["hace ya 3 dias que lo tengo asi", "eh", "oh"],
        ),
    ),
    (
        "near-duplicate-examples",
        examples_of(
            ["tengo fiebre desde ayer por la tarde", "ay", "uf"],
            ["no tengo fiebre desde ayer por la tarde", "eh", "oh"],
        ),
    ),
    ("unconfirmed-option", guarded(confirm=True)),
    ("entry-without-examples", entry("cómo se pone")),
    ("few-examples", set_topic(examples=EXAMPLES)),
    ("unsourced", nothing),
    ("unsourced-figure", set_help("A partir de las 2 semanas se hace.", sources=["guide"])),
    (
        "unsourced-figure",
        set_help('Vale "3 semanas". Cuenta las de 24 horas. Un ejemplo. Son 3 kilos.'),
    ),
    (
        "unread-source-only",
        lambda content: (
            content["sources"].append(
                content["sources"][0] | {"id": "u", "verification": "unread"}
            ),
            node(content, "go").update(sources=["guide", "u"]),
            node(content, "leaf").update(sources=["u"]),
        ),
    ),
    ("stale-source", set_source(checked_on="2024-11-23")),
    ("dead-source", nothing),
    ("unused-source", nothing),
    ("missing-part", set_leaf(normal=None, urgency="emergency")),
    ("too-long", set_leaf(text=LONG[: len(LONG) // 2])),
    ("hard-to-read", nothing),
    ("wrong-language", nothing),
    ("wrong-language", set_leaf(text="OK, no.\nA demanda.\nPiel con piel.\nBody, app y web.")),
    (
        "wrong-language",
        set_leaf(text="Lee «Breastfeeding and the baby» en la página de La Leche League."),
    ),
    ("wrong-language", labelled("Solo me duele un lado", "En los dos", "A veces no")),
    ("review-outdated", set_leaf(reviewed_by=None, reviewed_text="0123456789ab")),
    ("outdated-advice", set_leaf(text="No hace falta vaciar el pecho.")),
    ("outdated-advice", set_leaf(text="Da a demanda, sin vaciar del todo los pechos.")),
    ("outdated-advice", set_leaf(text="Vaciar el pecho hace que produzcas más.")),
    ("outdated-advice", set_leaf(text="Vaciar el pecho no se recomienda.")),
    ("outdated-advice", set_leaf(text="- **Vaciar el pecho:** no.")),
    ("outdated-advice", set_leaf(text="Evita:\n- Vaciar el pecho.\n- La prisa.")),
    ("outdated-advice", set_leaf(title="¿Vaciar el pecho?")),
    ("outdated-advice", entry("hay que vaciar el pecho")),
]


def given(rule: str, failing: bool) -> dict[str, Any]:
    return {"dead": {"guide": 404}} if rule == "dead-source" and failing else {}


def test_nothing_is_found_in_a_clean_tree() -> None:
    assert found(nothing) == []


@pytest.mark.parametrize(("rule", "change"), FAILING)
def test_it_is_found(rule: str, change: Change) -> None:
    findings = found(change, rule, **given(rule, failing=True))
    assert {finding.rule for finding in findings} == {rule}
    for finding in findings:
        assert finding.about
        assert finding.values
        assert all(value for _, value in finding.values)


@pytest.mark.parametrize(("rule", "change"), PASSING)
def test_it_is_not_found(rule: str, change: Change) -> None:
    assert found(change, rule, **given(rule, failing=False)) == []


def test_every_rule_has_a_failing_and_a_passing_tree() -> None:
    rules = {rule.id for rule in RULES}
    assert len(rules) == len(RULES)
    assert {name for name, _ in FAILING} == rules
    assert {name for name, _ in PASSING} == rules


def test_errors_come_first_and_then_the_order_of_the_tree() -> None:
    def change(content: Item) -> None:
        set_topic(red_flags=None)(content)
        set_leaf(sources=[], normal=None)(content)
        node(content, "go").update(sources=[])

    findings = [(finding.rule, finding.about) for finding in found(change)]
    assert findings == [
        ("unsourced", "leaf"),
        ("unsourced", "go"),
        ("missing-part", "leaf"),
        ("unused-source", "guide"),
        ("red-flags-not-considered", "topic"),
    ]


def test_what_is_found_has_its_values() -> None:
    (finding,) = found(branching("age < 14", "age >= 30"), "condition-gap")
    assert dict(finding.values) == {"first": "14", "last": "29", "variable": "age", "unit": "days"}
    (finding,) = found(set_leaf(text=HARD), "hard-to-read")
    assert dict(finding.values)["least"] == "55"
    (finding,) = found(set_leaf(text=ENGLISH), "wrong-language")
    assert dict(finding.values)["language"] == "en"
    (finding,) = found(loop, "cycle-without-exit")
    assert dict(finding.values) == {"nodes": "a, b"}
    (finding,) = found(long_loop, "cycle-without-exit")
    assert dict(finding.values) == {"nodes": "n0, n1, n2, n3, n4", "more": "2"}
    (finding,) = found(labelled("Sí, me da miedo", "No lo sé"), "options-miss-a-case")
    assert dict(finding.values) == {"label": "Sí, me da miedo"}


def test_findings_can_be_compared() -> None:
    """As `nodriza tree diff` does, to tell the new ones from those that were there before."""
    before, after = found(set_leaf(sources=[])), found(set_leaf(sources=[], normal=None))
    assert {finding.rule for finding in set(after) - set(before)} == {"missing-part"}


def test_only_the_rules_that_were_asked_for() -> None:
    change = set_leaf(sources=[], normal=None)
    assert {finding.rule for finding in found(change, "missing-part")} == {"missing-part"}


def test_two_years_ago_on_29_february() -> None:
    change = set_source(checked_on="2026-02-28")
    assert found(change, "stale-source", today=date(2028, 2, 29)) != []
    change = set_source(checked_on="2026-03-01")
    assert found(change, "stale-source", today=date(2028, 2, 29)) == []


def test_another_language_has_no_reading_scale() -> None:
    change: Change = lambda content: (  # noqa: E731 - a table's shape
        content.update(language="en"),
        set_leaf(text=HARD)(content),
    )
    assert found(change, "hard-to-read") == []


@pytest.mark.timeout(120)
def test_it_stays_fast_as_the_tree_grows() -> None:
    """20,000 nodes, 125,000 examples: 9 CPU seconds here; quadratic work would take minutes."""
    tree = synthetic_tree(20_000)
    started = time.process_time()
    rules = {finding.rule for finding in lint(tree, {"fever": "emergency"}, today=TODAY)}
    assert time.process_time() - started < 60
    assert rules <= {"hard-to-read", "near-duplicate-examples"}
