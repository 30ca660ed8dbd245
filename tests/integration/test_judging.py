"""Judging over HTTP: forms, who sees what, the queue, agreement, exports, signing."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from evaluation.cases import WalkCase, read_cases
from evaluation.walks.commands import check_cases
from records.judgements import Item, Opinion
from records.store import Records
from tests.judging import COOKIE, HERS, House, house, rated, record_url, write_talk
from tools.tree import Advice
from ui.experts.judging.sign import USE
from ui.experts.ways import AGREEMENT, CONVERSATION, JUDGE, REVIEW, SIGN

LED, ANSWERED = (1, 4), (2, 2)
"""Steps of a talk: she is led to the pain; it decides when it hurts."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with its tables, which take a while to be made."""
    folder = tmp_path_factory.mktemp("empty")
    Records.open(record_url(folder)).close()
    return folder / "records.db"


@pytest.fixture
def made(empty: Path, tmp_path: Path) -> Iterator[House]:
    shutil.copyfile(empty, tmp_path / "records.db")
    opened = house(tmp_path, hide=lambda _: lambda text: text.replace("5 días", "······"))
    write_talk(opened.records, "t")
    yield opened
    opened.judgements.close()
    opened.records.close()


def signed_in_as(made: House, name: str) -> TestClient:
    return TestClient(made.app, cookies={COOKIE: name})


@pytest.fixture
def ana(made: House) -> TestClient:
    return signed_in_as(made, "ana")


@pytest.fixture
def eva(made: House) -> TestClient:
    return signed_in_as(made, "eva")


def mark_of(client: TestClient) -> str:
    page = client.get(CONVERSATION, params={"c": "t"}).text
    found = re.search(r'name="mark" value="([^"]+)"', page)
    assert found
    return found[1]


def judge(client: TestClient, step: tuple[int, int] | None, verdict: str, **more: str) -> str:
    """Sends a form; returns where it leads."""
    form = {"c": "t", "verdict": verdict, "mark": mark_of(client), **more}
    if step:
        form |= {"turn": str(step[0]), "seq": str(step[1])}
    sent = client.post(JUDGE, data=form, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


def test_nothing_is_open(made: House) -> None:
    stranger = TestClient(made.app)
    for path in (REVIEW, AGREEMENT, SIGN):
        assert stranger.get(path).status_code == 401
    for path in (JUDGE, AGREEMENT, SIGN, USE):
        assert stranger.post(path, data={"c": "t", "verdict": "right"}).status_code == 401
    ana = signed_in_as(made, "ana")
    for path, form in (
        (JUDGE, {"c": "t", "verdict": "right"}),
        (AGREEMENT, {"what": "cases"}),
        (SIGN, {"nodo": "consulta", "text": "x"}),
        (USE, {}),
    ):
        assert ana.post(path, data=form).status_code == 403, "no mark"
    assert made.judgements.of("t") == []


def test_a_step_is_judged_and_the_way_back_is_its_anchor(made: House, ana: TestClient) -> None:
    assert judge(ana, LED, "right") == f"{CONVERSATION}?c=t#t1-4"
    [judged] = made.judgements.of("t")
    assert (judged.item, judged.expert, judged.verdict) == (Item("t", *LED), "ana", "right")
    page = ana.get(CONVERSATION, params={"c": "t"}).text
    assert re.findall(r'value="(\w+)" class="\w+" aria-pressed="true"', page) == ["right"]


def test_a_better_move_is_one_of_those_that_were_open_or_elsewhere(
    made: House, ana: TestClient
) -> None:
    judge(ana, ANSWERED, "better_move", move="al-agarrar", comment="Dice «cuando engancha».")
    judge(ana, LED, "better_move", entry="Me muerde (dolor-dientes)")
    judge(ana, LED, "better_move", move="-")
    moves = [it.move for it in made.judgements.of("t")]
    assert moves == ["al-agarrar", "dolor-dientes", "-"]
    page = ana.get(CONVERSATION, params={"c": "t"}).text
    assert '<option value="al-agarrar" selected>Al agarrar</option>' in page
    assert '<option value="Me muerde (dolor-dientes)">' in page


def test_a_missing_question_is_one_of_the_tree_or_in_free_words(
    made: House, ana: TestClient
) -> None:
    judge(ana, None, "missing_question", question="¿Le salen los dientes? (dolor-dientes)")
    judge(ana, None, "missing_question", question="¿Usa pezoneras?")
    asked = [(it.question, it.wording) for it in made.judgements.of("t")]
    assert asked == [("dolor-dientes", ""), (None, "¿Usa pezoneras?")]


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"verdict": "better_move"}, 422, "Has marcado que había algo mejor"),
        ({"verdict": "better_move", "entry": "la luna"}, 422, "«la luna» no es un sitio"),
        ({"verdict": "missing_question"}, 422, "Has marcado que falta una pregunta"),
        ({"verdict": "wrong", "comment": "x" * 2001}, 422, "No cabe"),
        ({"verdict": "nice"}, 422, ""),
        ({"verdict": "right", "turn": "9", "seq": "9"}, 404, "no se puede juzgar"),
        ({"verdict": "right", "turn": "1", "seq": "5"}, 404, "no se puede juzgar"),
        ({"verdict": "right", "c": "nobody"}, 404, "no existe"),
        ({"verdict": "right", "seen": "ayer"}, 422, ""),
    ],
)
def test_what_cannot_be_stored_is_said(
    made: House, ana: TestClient, form: dict[str, str], status: int, told: str
) -> None:
    sent = ana.post(JUDGE, data={"c": "t", "mark": mark_of(ana), **form})
    assert sent.status_code == status
    assert told in sent.text
    assert made.judgements.of("t") == []


def test_who_has_not_judged_sees_nothing_of_what_others_said(
    ana: TestClient, eva: TestClient
) -> None:
    judge(ana, LED, "unsafe", comment="<i>ojo</i> con esto")
    before = eva.get(CONVERSATION, params={"c": "t"}).text
    assert "ojo" not in before
    assert "ana" not in before
    judge(eva, LED, "right")
    after = eva.get(CONVERSATION, params={"c": "t"}).text
    assert "&lt;i&gt;ojo&lt;/i&gt; con esto" in after
    assert "No decís lo mismo" in after
    judge(eva, LED, "unsafe", agreed="1")
    for client in (ana, eva):
        page = client.get(CONVERSATION, params={"c": "t"}).text
        assert "Acordado después de hablarlo (lo apunta eva)" in page
        assert "No decís lo mismo" not in page


def test_only_who_may_sign_is_led_from_an_answer_to_where_that_is_done(
    made: House, ana: TestClient
) -> None:
    way = f'<a href="{SIGN}?'
    assert way in ana.get(CONVERSATION, params={"c": "t"}).text
    signs_nothing = signed_in_as(made, "luz")
    assert way not in signs_nothing.get(CONVERSATION, params={"c": "t"}).text


def test_the_queue_shows_why_and_what_she_wrote_and_goes_on(made: House, ana: TestClient) -> None:
    write_talk(made.records, "u")
    rated(made.records, "u", "no era <eso>")
    page = ana.get(REVIEW).text
    assert page.index("no era &lt;eso&gt;") < page.rindex("Revisar")
    assert "No le ha ayudado" in page
    assert "con una probabilidad de 45 %" in page
    assert "Te esperan 2." in page
    assert f'href="{CONVERSATION}?c=u"' in page.split("Empezar por la primera")[0]
    assert "no era" not in ana.get(REVIEW, params={"motivo": "unsure"}).text
    judge(ana, LED, "right")
    assert "Has judgado" not in page
    assert "Has juzgado pasos: 1" in ana.get(REVIEW).text
    way = judge(ana, None, "right", next="1")
    assert way == f"{CONVERSATION}?c=u"
    assert "Te esperan 1." in ana.get(REVIEW).text


def test_the_last_one_leads_back_to_the_queue(ana: TestClient) -> None:
    assert judge(ana, None, "right", next="1") == REVIEW
    assert "No te espera ninguna conversación" in ana.get(REVIEW).text


def test_disagreements_to_talk_about_are_only_those_that_she_judged(
    ana: TestClient, eva: TestClient
) -> None:
    judge(ana, LED, "wrong", comment="otra cosa")
    judge(eva, LED, "right")
    judge(ana, ANSWERED, "right")
    assert f'href="{CONVERSATION}?c=t#t1-4"' in ana.get(AGREEMENT).text
    page = ana.get(AGREEMENT).text
    assert "Sin puntuar: hacen falta 10" in page
    stranger = TestClient(ana.app, cookies={COOKIE: "luz"})
    assert "otra cosa" not in stranger.get(AGREEMENT).text


def asked(client: TestClient, what: str) -> dict[str, str]:
    return {"what": what, "mark": mark_of(client)}


def exported(client: TestClient, what: str) -> str:
    sent = client.post(AGREEMENT, data=asked(client, what))
    assert sent.headers["content-disposition"].startswith("attachment"), sent.text
    return sent.text


def test_corrections_become_a_case_that_the_study_reads(
    made: House, ana: TestClient, tmp_path: Path
) -> None:
    judge(ana, (1, 2), "right")
    judge(ana, ANSWERED, "better_move", move="al-agarrar")
    file = tmp_path / "casos.jsonl"
    file.write_text(exported(ana, "cases"), "utf-8")
    [case] = read_cases(file, WalkCase)
    check_cases([case], made.tree())
    assert case.first_message == HERS.replace("5 días", "······")
    assert case.answers == {"dolor-cuando": "al-agarrar"}
    assert case.says == {"dolor-cuando": "cuando engancha"}
    assert case.facts == {"baby_age_days": 5.0}
    assert case.summary_gold == (HERS[:17],)
    assert (case.start, case.topics_gold) == ("dolor-cuando", ("dolor",))
    # Of a baby of five days, whose being preterm is not known.
    assert case.target == ("dolor-primeros-dias",)


def test_where_she_should_have_entered_is_where_a_case_starts(ana: TestClient) -> None:
    judge(ana, (1, 3), "wrong")
    assert "Todavía no hay nada" in ana.post(AGREEMENT, data=asked(ana, "cases")).text
    judge(ana, LED, "better_move", entry="Quiero que me vean (consulta)")
    case = json.loads(exported(ana, "cases"))
    assert (case["start"], case["target"]) == ("consulta", ["consulta"])


def test_a_missed_danger_becomes_a_case_that_must_warn(ana: TestClient) -> None:
    judge(ana, (1, 1), "unsafe")
    case = json.loads(exported(ana, "cases"))
    assert case["must_escalate"] is True
    assert case["target"] == []


def test_what_is_disputed_or_of_no_use_is_in_no_export(ana: TestClient, eva: TestClient) -> None:
    judge(ana, LED, "wrong")
    judge(eva, LED, "right")
    sent = ana.post(AGREEMENT, data=asked(ana, "cases"))
    assert "Todavía no hay nada que llevarse" in sent.text


def test_words_become_proposed_examples_only_with_consent(made: House, ana: TestClient) -> None:
    write_talk(made.records, "u", consent=None)
    opinion = Opinion("better_move", move="dolor-dientes")
    made.judgements.add(Item("u", *LED), "ana", opinion)
    judge(ana, LED, "better_move", entry="Me muerde (dolor-dientes)")
    judge(ana, ANSWERED, "better_move", move="al-agarrar")
    text = exported(ana, "examples")
    assert "write each anew" in text
    [document] = yaml.safe_load_all(text)
    assert document == {
        "nodes": [
            {
                "id": "dolor-cuando",
                "options": [{"id": "al-agarrar", "examples": ["cuando engancha"]}],
            },
            {
                "id": "dolor-dientes",
                "entry": {"examples": [HERS.replace("5 días", "······")]},
            },
        ]
    }


def test_no_export_has_the_conversations_id(made: House, ana: TestClient) -> None:
    write_talk(made.records, "secret-thread")
    made.judgements.add(Item("secret-thread"), "ana", Opinion("right"))
    for what in ("cases", "tests"):
        assert "secret-thread" not in exported(ana, what)


SIGNER = {
    "name": "Ana López",
    "profession": "matrona",
    "number": "col. 1234",
    "professional": "1",
}


def sign(client: TestClient, leaf: Advice, **changed: str) -> str:
    form = {"nodo": leaf.id, "text": leaf.text_checksum, "mark": mark_of(client)}
    sent = client.post(SIGN, data=form | SIGNER | changed)
    return f"{sent.status_code} {sent.text}"


def leaf(made: House) -> Advice:
    found = made.tree().by_id["dolor-agarre"]
    assert isinstance(found, Advice)
    return found


def test_a_leaf_is_read_and_signed_into_its_file(made: House, ana: TestClient) -> None:
    file = made.folder / "dolor.yaml"
    file.write_text(f"# de Ana\n{file.read_text('utf-8')}", "utf-8")
    listed = ana.get(SIGN).text
    assert listed.index("Mejora el agarre") < listed.index("Dolor de los primeros días")
    page = ana.get(SIGN, params={"nodo": "dolor-agarre"}).text
    assert "Barriga con barriga." in page
    assert "Guía de lactancia" in page
    assert "la firma ya no vale" in page, "of Una matrona, with no fingerprint"
    assert "200" in sign(ana, leaf(made))
    signed = leaf(made)
    assert signed.is_reviewed
    assert signed.reviewed_by == "Ana López, matrona, col. 1234"
    assert file.read_text("utf-8").startswith("# de Ana\n")
    page = ana.get(SIGN, params={"nodo": "dolor-agarre"}).text
    assert "Firmada por Ana López" in page
    used = ana.post(USE, data={"mark": mark_of(ana)})
    assert made.used == [made.tree().version]
    assert made.used[0] in used.text


def test_words_that_changed_while_she_read_are_not_signed(made: House, ana: TestClient) -> None:
    read = leaf(made)
    file = made.folder / "dolor.yaml"
    file.write_text(file.read_text("utf-8").replace("con barriga", "con tu barriga"), "utf-8")
    said = sign(ana, read)
    assert said.startswith("409")
    assert "el texto ha cambiado mientras lo leías" in said
    assert "con tu barriga" in said
    assert not leaf(made).is_reviewed


@pytest.mark.parametrize("missing", [{"professional": ""}, {"name": " "}, {"profession": ""}])
def test_only_who_says_that_she_is_a_professional_signs(
    made: House, ana: TestClient, missing: dict[str, str]
) -> None:
    assert sign(ana, leaf(made), **missing).startswith("422")
    assert not leaf(made).is_reviewed


def test_where_files_cannot_be_written_there_is_a_patch(made: House, ana: TestClient) -> None:
    (made.folder / "dolor.tmp").mkdir()  # in the place of the file that would be written first
    said = sign(ana, leaf(made))
    checksum = leaf(made).text_checksum
    assert "no puede escribir" in said
    assert f"--text {checksum}" in said
    found = re.search(r"base64,([\w+/=]+)", said)
    assert found
    assert not leaf(made).is_reviewed
