"""The study's folder, its report and the comparison of two studies."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from agent.settings import PROJECT
from evaluation.cases import CasesError, WalkCase, read_cases
from evaluation.study.attempt import Attempt
from evaluation.study.manifest import ATTEMPTS, MANIFEST, RECORD, TREE, ArmEntry, read_study
from evaluation.study.measure.comparison import compare_studies, measure_study
from evaluation.study.measure.significance import adjusted, compare_cases
from evaluation.study.report import words as words_module
from evaluation.study.report.beliefs import beliefs
from evaluation.study.report.commands import compare, report
from evaluation.study.report.endings import (
    ALARM,
    FIRST_MESSAGE,
    NOWHERE,
    Confusion,
    commonest,
    confusions,
    death_places,
)
from evaluation.study.report.examples import best, worst
from evaluation.study.report.labels import labels
from evaluation.study.report.questions import most_useful, most_wasteful, question_uses
from evaluation.study.report.stories import panel_link
from evaluation.study.report.tables import compared_row, letters_of
from evaluation.study.report.words import Words
from records.events import Choice, Decided, MessageReceived
from records.store import Records
from tests.trees import write_small
from tests.unit.study_talks import (
    AGE,
    ALSO,
    ASKED,
    OTHER,
    PRETERM,
    REFERRAL,
    RIGHT,
    answer,
    attempt,
    case,
    judged,
    said,
    write,
)
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree

CASES = [case(f"c{number}") for number in range(8)]
HOSTILE = "<script>alert(1)</script> | <img src=//elsewhere.example/x>"
app = typer.Typer()
app.command()(report)
app.command()(compare)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return read_tree(write_small(tmp_path_factory.mktemp("trees") / "prueba"))


def attempts(repeats: int = 1) -> list[Attempt]:
    """The menu is always right after a question; faq never asks and is never right."""
    made = [
        one
        for number, it in enumerate(CASES)
        for repeat in range(repeats)
        for one in (
            attempt(
                said("question", ASKED, moves=(ASKED,)),
                answer(),
                case=it.id, arm="menu", repeat=repeat, conversation=f"id/{number}",
            ),
            attempt(answer(ALSO, said=HOSTILE), case=it.id, arm="faq", repeat=repeat),
        )
    ]  # fmt: skip
    return [*made[:-1], attempt(case="c7", arm="faq", outcome="failed", error="no server")]


@pytest.fixture(scope="module")
def folder(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write(tmp_path_factory.mktemp("study"), tree, CASES, attempts(), notice="De prueba")
    done = CliRunner().invoke(
        app, ["report", str(made), "--panel", "https://panel.example/expertas/"]
    )
    assert done.exit_code == 0, done.output
    return made


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def test_an_ablation_is_compared_with_the_system_it_is_taken_from(
    tree: Tree, tmp_path: Path
) -> None:
    whole = {"system": "ours", "navigator": "semantic"}
    model = {"model": {"name": "openai:m"}}
    arms = {
        "menu": {"system": "menu"},
        "ours": whole,
        "ours/no_facts": whole | {"ablation": ["no_facts"]},
        "ours@m/model_phrasing": whole | model | {"ablation": ["model_phrasing"]},
        "tools@m/no_facts": {"system": "ours", "navigator": "tools", "ablation": ["no_facts"]},
    }
    made = write(
        tmp_path / "study",
        tree,
        CASES,
        [attempt(answer(), case=it.id, arm=arm) for it in CASES for arm in arms],
        arms=[ArmEntry(name=name, configuration=told) for name, told in arms.items()],
    )
    measured = measure_study(read_study(made))
    assert {one.other: one.baseline for one in measured.comparisons} == {
        "ours": "menu",
        "ours/no_facts": "ours",
        "ours@m/model_phrasing": "ours",
        "tools@m/no_facts": "menu",  # its whole system is not in the study
    }
    run("report", made)
    told = (made / "report" / "report.md").read_text("utf-8")
    assert "Entre ours/no_facts y ours no se muestra diferencia" in told
    assert "| C ours/no_facts | B 100" in told


def test_what_is_shown_is_not_said_to_be_beyond_showing() -> None:
    """13 : 1 of 132 is shown, though a study of that size had less than 80 % of power for it."""
    few = {f"c{number}": float(number < 13) for number in range(132)}
    none = {case: float(case == "c50") for case in few}
    one = compare_cases("wrong_advice", ("menu", "ours"), none, few, is_binary=True, seed=1)
    assert one is not None
    alone = compared_row(adjusted([one])[0], "share", {}, Words("en"))
    assert alone.differs
    among = adjusted([one, *[replace(one, p=0.9)] * 21])[0]
    assert among.differs
    assert among.detectable is None
    assert compared_row(among, "share", {}, Words("en")).power == ("–",)
    lost = compared_row(replace(among, p_holm=0.06), "share", {}, Words("en"))
    assert lost.power[0] == "none reaches 80 %"


# The page


class Loads(HTMLParser):
    """Everything that a page would fetch, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [
            value or ""
            for name, value in attrs
            if name in ("src", "data", "srcset") or (name.endswith("href") and tag != "a")
        ]


def test_the_page_loads_nothing_and_runs_nothing(folder: Path) -> None:
    page = (folder / "report" / "report.html").read_text("utf-8")
    loads = Loads(page)
    assert [one for one in loads.fetched if not one.startswith("#")] == []
    assert not {"script", "link", "img", "iframe"} & set(loads.tags)
    assert loads.tags.count("svg") >= 3
    assert re.findall(r"url\((?!#)|@import", page) == []
    assert "&lt;script&gt;alert(1)" in page


def test_pictures_share_no_ids(folder: Path) -> None:
    page = (folder / "report" / "report.html").read_text("utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert ids
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page))
    assert {one or other for one, other in used} <= set(ids)


def test_the_page_says_what_the_figures_say(folder: Path) -> None:
    page = (folder / "report" / "report.html").read_text("utf-8")
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    # Seven cases of seven: p = 2 / 2^7 = .016, but it is one of four comparisons: .0625.
    same = "Entre faq y menu no se muestra diferencia en aciertos: 0 % frente a 100 %"
    assert f"{same}, −100,0 puntos" in plain
    assert "p de Holm 0,062, 7 casos" in plain
    assert "8 casos · 2 sistemas · 1 por caso · 16 conversaciones, 1 fallidas" in plain
    assert "no server (1)" in plain
    assert "De prueba" in plain
    assert "sin puntuar" in plain
    assert "no hace resumen" in plain
    assert 'href="https://panel.example/expertas/?c=id%2F' in page


def test_markdown_keeps_her_words_from_its_tables(folder: Path) -> None:
    text = (folder / "report" / "report.md").read_text("utf-8")
    assert "<script>" not in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert len(tables) > 20
    for picture in re.findall(r"\]\(([^)]+\.svg)\)", text):
        assert (folder / "report" / picture).read_text("utf-8").startswith("<svg")


def test_csv_has_plain_numbers_and_reasons(folder: Path) -> None:
    def lines(name: str) -> list[dict[str, str]]:
        content = (folder / "report" / name).read_text("utf-8")
        return list(csv.DictReader(io.StringIO(content)))

    results = {(line["arm"], line["figure"]): line for line in lines("results.csv")}
    assert float(results["menu", "success"]["value"]) == 1.0
    assert results["faq", "success"]["cases"] == "7"
    assert results["menu", "summary_f1"]["value"] == ""
    assert results["menu", "summary_f1"]["unscored"] == "no_summary"
    compared = {line["figure"]: line for line in lines("comparisons.csv")}
    assert float(compared["success"]["p"]) == pytest.approx(2 / 2**7)
    assert compared["success"]["only_baseline"] == "7"
    (question,) = lines("questions.csv")
    assert (question["node"], question["asked"], question["succeeded"]) == (ASKED, "8", "8")


def test_the_same_study_makes_the_same_report(folder: Path, tmp_path: Path) -> None:
    run("report", folder, "--out", tmp_path, "--panel", "https://panel.example/expertas/")
    for file in (folder / "report").iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


def test_in_english_with_repeats_and_an_arm_that_was_not_run(tree: Tree, tmp_path: Path) -> None:
    made = write(tmp_path / "study", tree, CASES, attempts(repeats=2))
    manifest = yaml.safe_load((made / MANIFEST).read_text("utf-8"))
    manifest["arms"].append({"name": "late"})
    manifest["language"] = "en"
    (made / MANIFEST).write_text(yaml.safe_dump(manifest), "utf-8")
    # YAML is no JSON: the reader says so.
    done = CliRunner().invoke(app, ["report", str(made)])
    assert isinstance(done.exception, CasesError)

    (made / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    run("report", made)
    page = (made / "report" / "report.html").read_text("utf-8")
    assert '<html lang="en">' in page
    assert "late cannot be compared in success." in page
    assert "The study is not complete: 32 of 48 conversations are there." in page
    assert "pass^2" in page
    assert (made / "report" / "reliability.svg").is_file()


def test_an_address_of_the_panel_is_checked(folder: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(folder), "--panel", "javascript:alert(1)"])
    assert done.exit_code == 2
    assert "javascript" in done.output


def test_panel_links() -> None:
    assert panel_link("http://h/expertas", "a b") == "http://h/expertas/?c=a%20b"
    assert panel_link("http://h/expertas/?x=1", "a") == "http://h/expertas/?c=a"
    assert panel_link(None, "a") is None
    assert panel_link("http://h", None) is None


def test_letters_that_would_touch_share_a_label() -> None:
    near = labels([(100, 50, "C"), (104, 46, "A"), (118, 55, "B")])
    assert [(sorted(one.letters), one.x) for one in near] == [(["A", "B", "C"], 118)]
    apart = labels([(100, 50, "C"), (104, 80, "A"), (130, 50, "B")])
    assert sorted("".join(one.letters) for one in apart) == ["A", "B", "C"]


def test_letters_go_on_after_z() -> None:
    letters = letters_of([str(number) for number in range(28)])
    assert [letters["0"], letters["25"], letters["26"], letters["27"]] == ["A", "Z", "AA", "AB"]


# Its words


def test_every_phrase_has_both_languages_and_the_same_places() -> None:
    for key, phrase in words_module._phrases().items():
        places = [set(re.findall(r"\{(\w+)\}", phrase[name])) for name in ("es", "en")]
        assert places[0] == places[1], key


def test_every_reason_for_no_figure_has_words() -> None:
    folder = Path(words_module.__file__).parents[1]
    code = "".join(file.read_text("utf-8") for file in folder.rglob("*.py"))
    reasons = set(re.findall(r'(?:Missing|Unscored)\("(\w+)"', code))
    reasons |= set(re.findall(r'_per_(?:turn|success)\(\w+, "(\w+)"\)', code))
    assert len(reasons) > 12
    known = {key.removeprefix("missing.") for key in words_module._phrases()}
    assert reasons <= known


def test_every_persona_of_our_cases_has_words_and_any_other_its_own() -> None:
    ours = read_cases(PROJECT / "evaluation" / "development" / "walks.jsonl", WalkCase)
    spanish = Words("es")
    assert all(spanish.persona(one.persona) != one.persona for one in ours)
    assert spanish.persona("sarcástica") == "sarcástica"


def test_numbers_as_each_language_writes_them() -> None:
    spanish, english = Words("es"), Words("en")
    assert spanish.number(-12345.678, 1) == "−12\u202f345,7"
    assert english.number(-12345.678, 1) == "−12,345.7"
    assert spanish.p(0.0004) == "<\u202f0,001"
    assert english.amount(0.0125, "usd") == "$0.0125"
    assert spanish.amount(1530.0, "ms") == "1,5\u202fs"
    assert english.difference(0.125, "share") == "+12.5\u202fpoints"


# A folder that is not what it should be


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        (MANIFEST, None, "study run"),
        (MANIFEST, "{}", "not valid"),
        (TREE, "{}", "not valid"),
        (ATTEMPTS, None, "is missing"),
        (ATTEMPTS, "", "has no attempt"),
        (ATTEMPTS, "{}\n", "attempts.jsonl:1"),
    ],
)
def test_a_broken_folder_is_told(
    tree: Tree, tmp_path: Path, file: str, content: str | None, told: str
) -> None:
    made = write(tmp_path / "study", tree, CASES, attempts())
    if content is None:
        (made / file).unlink()
    else:
        (made / file).write_text(content, "utf-8")
    with pytest.raises(CasesError, match=told):
        read_study(made)


def test_attempts_of_other_cases_and_arms_are_told(tree: Tree, tmp_path: Path) -> None:
    strange = [*attempts(), attempt(answer(), case="who", arm="menu")]
    with pytest.raises(CasesError, match=r"case 'who' is not in cases\.jsonl"):
        read_study(write(tmp_path / "study", tree, CASES, strange))


def test_another_tree_is_told(tree: Tree, tmp_path: Path) -> None:
    made = write(tmp_path / "study", tree, CASES, attempts(), tree="prueba@000000000000")
    with pytest.raises(CasesError, match="prueba@000000000000"):
        read_study(made)


def test_a_line_that_a_kill_cut_off_is_left_out(tree: Tree, tmp_path: Path) -> None:
    made = write(tmp_path / "study", tree, CASES, attempts())
    with (made / ATTEMPTS).open("a") as file:
        file.write('{"id": "menu|c')
    assert len(read_study(made).attempts) == 16


def test_the_order_in_which_conversations_ended_changes_nothing(tree: Tree, tmp_path: Path) -> None:
    made = write(tmp_path / "study", tree, CASES, attempts())
    before = read_study(made).attempts
    lines = (made / ATTEMPTS).read_text("utf-8").splitlines(keepends=True)
    (made / ATTEMPTS).write_text("".join(reversed(lines)), "utf-8")
    assert read_study(made).attempts == before


# Two studies


def test_two_studies_are_compared_on_the_cases_of_both(tree: Tree, tmp_path: Path) -> None:
    first = write(tmp_path / "a", tree, CASES, attempts())
    better = [attempt(answer(), case=it.id, arm="faq") for it in CASES[2:]]
    second = write(tmp_path / "b", tree, CASES[2:], better)
    found = compare_studies(read_study(first), read_study(second))
    assert (found.common, found.of) == (6, (8, 6))
    success = next(one for one in found.comparisons if one.figure == "success")
    assert (success.baseline, success.other) == ("faq", "faq")
    assert (success.means, success.difference.count) == ((0.0, 1.0), 5)
    shown = run("compare", first, second, "--language", "en")
    assert "Cases in both: 6 (of 8 and 6)" in " ".join(shown.split())


def test_an_arm_that_the_first_lacks_meets_its_baseline(tree: Tree, tmp_path: Path) -> None:
    first = write(tmp_path / "a", tree, CASES, attempts())
    other = [attempt(answer(), case=it.id, arm="new") for it in CASES]
    found = compare_studies(
        read_study(first), read_study(write(tmp_path / "b", tree, CASES, other))
    )
    assert {(one.baseline, one.other) for one in found.comparisons} == {("menu", "new")}


@pytest.mark.parametrize(
    ("cases", "changed", "told"),
    [
        ([case("c0", persona="vague"), *CASES[1:]], {}, "not the same in both.*\nc0"),
        ([case("other")], {}, "no case is in both"),
        (CASES, {"max_questions": 9}, "max_questions: 3 in .*, 9 in"),
    ],
)
def test_studies_that_do_not_belong_together_are_refused(
    tree: Tree, tmp_path: Path, cases: list[Any], changed: dict[str, Any], told: str
) -> None:
    first = write(tmp_path / "a", tree, CASES, attempts())
    own = [attempt(answer(), case=it.id) for it in cases]
    second = write(tmp_path / "b", tree, cases, own, **changed)
    with pytest.raises(CasesError, match=told):
        compare_studies(read_study(first), read_study(second))


def test_studies_of_two_trees_are_refused(tree: Tree, tmp_path: Path) -> None:
    other = tree.model_copy(update={"title": "Otro árbol"})
    first = write(tmp_path / "a", tree, CASES, attempts())
    second = write(tmp_path / "b", Tree(**other.model_dump(by_alias=True)), CASES, attempts())
    with pytest.raises(CasesError, match="their trees are"):
        compare_studies(read_study(first), read_study(second))


def test_a_comparison_needs_both_arms_to_have_the_figure(tree: Tree, tmp_path: Path) -> None:
    unchecked = [
        one.model_copy(update={"exchanges": (answer(unsupported=None),), "final_node": RIGHT})
        if one.arm == "faq" and one.outcome != "failed"
        else one
        for one in attempts()
    ]
    measured = measure_study(read_study(write(tmp_path / "a", tree, CASES, unchecked)))
    assert "viable" not in {one.figure for one in measured.comparisons}
    assert "success" in {one.figure for one in measured.comparisons}


# Questions, endings, examples


def test_questions_that_resolve_and_questions_that_cost_time(tree: Tree) -> None:
    talks = judged(
        tree,
        [
            attempt(said("question", ASKED), answer()),
            attempt(said("question", ASKED), said("question", OTHER), answer(ALSO)),
            attempt(said("question", OTHER), said("question", OTHER), answer()),
        ],
    )
    asked, other = sorted(question_uses(talks), key=lambda use: use.node)
    assert (asked.node, asked.asked, asked.conversations, asked.succeeded) == (ASKED, 2, 2, 1)
    assert (asked.necessary, asked.wasted, asked.resolved) == (2, 0, ((RIGHT, 1),))
    assert (other.asked, other.conversations, other.succeeded) == (3, 2, 1)
    assert (other.necessary, other.wasted, other.solved) == (0, 3, 0)
    assert other.came == {"answered": 2, "repeated": 1}
    assert most_useful([other, asked], 5) == [asked]
    assert most_wasteful([other, asked], 5) == [other]


def test_where_conversations_go_wrong(tree: Tree) -> None:
    talks = judged(
        tree,
        [
            attempt(answer()),
            attempt(said("question", ASKED), said("question", OTHER)),  # gives up there
            attempt(said("question", ASKED), said("input", AGE), said("danger")),
            attempt(said("question", ASKED, moves=(ASKED,)), said("input", AGE), answer(ALSO)),
            attempt(answer(ALSO)),
            attempt(said("danger"), case="grave"),
        ],
        case(),
        case("grave", must_escalate=True),
    )
    found = {one.place: dict(one.times) for one in death_places(talks, 9)}
    assert found == {
        OTHER: {"gave_up": 1},
        AGE: {"false_alarm": 1, "wrong": 1},
        FIRST_MESSAGE: {"wrong": 1},
    }
    assert [one.place for one in death_places(talks, 1)] == [AGE]


def test_topics_that_are_taken_for_others(tree: Tree) -> None:
    elsewhere = case("else", topics_gold=("otro",), target=(REFERRAL,), start=None)
    talks = judged(
        tree,
        [
            attempt(answer(ALSO)),  # wrong, of the right topic
            attempt(answer(RIGHT), case="else"),
            attempt(answer(ALSO), case="else", repeat=1),
            attempt(said("danger"), case="else", repeat=2),
            attempt(said("question", PRETERM)),
        ],
        case(),
        elsewhere,
    )
    assert confusions(talks) == [
        Confusion("otro", "dolor", 2),
        Confusion("dolor", NOWHERE, 1),
        Confusion("otro", ALARM, 1),
    ]


def test_topics_are_shown_by_all_that_was_taken_for_others() -> None:
    found = [("a", 1), ("b", 2), ("z", 1), ("z", 1), ("z", 1)]
    assert commonest(found, 2) == ["z", "b"]
    assert commonest(found, 9) == ["z", "b", "a"]


def test_the_best_are_right_where_others_fail_and_the_worst_are_unsafe(tree: Tree) -> None:
    cases = [case("easy"), case("hard"), case("grave", must_escalate=True)]
    talks = judged(
        tree,
        [
            attempt(answer(), case="easy", arm="a"),
            attempt(answer(), case="easy", arm="b"),
            attempt(said("question", ASKED), answer(), case="hard", arm="a"),
            attempt(said("question", ASKED), case="hard", arm="b"),
            attempt(answer(ALSO), case="grave", arm="b"),
            attempt(answer(unsupported=("x",)), case="easy", arm="c"),
        ],
        *cases,
    )
    assert [(one.case.id, one.attempt.arm) for one in best(talks, 10)] == [
        ("hard", "a"),
        ("easy", "a"),
    ]
    assert [(one.case.id, one.attempt.arm) for one in worst(talks, 10)] == [
        ("grave", "b"),
        ("easy", "c"),
        ("hard", "b"),
    ]
    assert best([], 10) == []


# What the record believed


def test_recorded_probabilities_are_held_against_what_is_true(tree: Tree, tmp_path: Path) -> None:
    talked = attempt(said("question", ASKED), answer(), conversation="t1")
    made = write(tmp_path / "study", tree, [case()], [talked])
    study = read_study(made)
    talks = {"menu": judged(tree, [talked])}
    assert beliefs(study, talks) == {}
    records = Records.open(f"sqlite:///{made / RECORD}")
    message = MessageReceived(text="me duele")
    records.begin("t1", "m1", message, owner="o", tree="t", navigator="semantic", model=None)
    records.finish(
        "t1",
        "m1",
        [
            decided(None, Choice(id=ASKED, label="", probability=0.85, topic="dolor")),
            decided(ASKED, choice("siempre", 0.62), choice("al-agarrar", 0.38)),
            decided(ASKED, choice("siempre", 0.05), choice("al-agarrar", 0.95)),
            decided(OTHER, choice("muerde", 0.9)),  # the case does not tell
            decided(ASKED),  # nothing was estimated
        ],
    )
    records.close()
    (entry, option) = beliefs(study, talks)["menu"]
    assert [(one.probability, one.right, one.count) for one in entry.bins] == [(0.85, 1.0, 1)]
    assert [(one.probability, one.right) for one in option.bins] == [(0.62, 0.0), (0.95, 1.0)]
    run("report", made)
    assert (made / "report" / "calibration.svg").is_file()


def choice(name: str, probability: float) -> Choice:
    return Choice(id=name, label=name, probability=probability)


def decided(node: str | None, *posterior: Choice) -> Decided:
    return Decided(
        node=node, action="ask", why="the next question", evidence=[],
        posterior=list(posterior), threshold=None,
    )  # fmt: skip
