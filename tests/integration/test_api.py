"""What the HTTP API promises to the programs that call it, on a real server and a real house."""

import json
import logging
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from agent.settings import PROJECT
from records.events import EVENT
from tests.integration.api_house import ApiServer, Caller
from tools.errors import GraphUnavailable
from tools.store import TreeStore
from ui.api.app import PREFIX
from ui.readiness import ready

PAIN = "Me duele al dar el pecho y mi bebé tiene 3 semanas"


@pytest.fixture
def app(api: ApiServer) -> Iterator[Caller]:
    """An app with a key of its own."""
    with api.caller(client=uuid.uuid4().hex) as caller:
        yield caller


@pytest.fixture
def researcher(api: ApiServer) -> Iterator[Caller]:
    with api.caller("research", "researcher") as caller:
        yield caller


def problem(response: httpx.Response, status: int, name: str | None = None) -> dict[str, Any]:
    """The problem that a request was refused with."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    assert found["type"] == (f"urn:nodriza:problem:{name}" if name else "about:blank")
    assert found["title"]
    assert found["detail"]
    return found


# Talking


def test_the_events_are_those_that_the_record_has(api: ApiServer) -> None:
    api.service.store.forget_views()  # else the graph may have nothing to be asked
    with api.caller(uuid.uuid4().hex, "admin") as admin:
        thread = admin.opened()
        said = admin.talk(thread, "messages", message_id="1", text=PAIN)
    recorded = api.service.records.turn_events(thread, "1")
    assert [EVENT.validate_python(event) for event in said] == recorded
    assert said[0]["type"] == "message_received"
    assert said[-1]["type"] == "replied"
    assert "graph_queried" in {event["type"] for event in said}


def test_an_app_is_not_sent_what_is_behind_a_reply(
    api: ApiServer, app: Caller, researcher: Caller
) -> None:
    api.service.store.forget_views()
    thread = app.opened()
    said = app.talk(thread, "messages", message_id="1", text=PAIN)
    kinds = {event["type"] for event in said}
    assert {"screened", "understood", "located", "decided", "moved"} <= kinds
    assert "graph_queried" not in kinds
    [turn] = app.get(f"/conversations/{thread}/history").json()["turns"]
    assert turn == {"number": 1, "events": said}
    [turn] = researcher.get(f"/conversations/{thread}/history").json()["turns"]
    assert "graph_queried" in {event["type"] for event in turn["events"]}
    assert [event for event in turn["events"] if event["type"] != "graph_queried"] == said


def test_a_consultation_with_options_a_correction_and_a_summary(app: Caller) -> None:
    thread = app.opened()
    asked = app.talk(thread, "messages", message_id="1", text=PAIN)[-1]
    assert asked["kind"] == "question"
    chosen = app.talk(thread, "choices", message_id="2", option=asked["options"][1])
    assert chosen[0]["text"] == asked["options"][1]
    summary = app.get(f"/conversations/{thread}/summary").json()
    assert summary["conversation"] == thread
    assert summary["messages"] == 2
    assert [span["text"] for span in summary["said"][0]] == [PAIN]
    assert "dolor-al-agarre" in [topic["id"] for topic in summary["topics"]]
    [age] = summary["facts"]
    assert (age["name"], age["value"], age["quote"]) == ("baby_age_days", 21.0, "3 semanas")
    walked = [event["target"] for event in chosen if event["type"] == "moved"]
    assert [step["node"] for step in summary["path"]][-len(walked) :] == walked
    assert summary["node"] == chosen[-1]["node"]
    assert summary["options"] == chosen[-1]["options"]

    corrected = app.talk(thread, "corrections", message_id="3", name="baby_age_days")
    assert corrected[0]["type"] == "fact_corrected"
    assert corrected[-1]["facts"] == []
    assert app.get(f"/conversations/{thread}/summary").json()["facts"] == []


def test_an_option_that_is_not_there_is_refused_with_those_that_are(app: Caller) -> None:
    thread = app.opened()
    path = f"/conversations/{thread}/choices"
    nothing = app.post(path, json={"message_id": "1", "option": "Sí"})
    assert "there are none" in problem(nothing, 409, "no-such-option")["detail"]
    asked = app.talk(thread, "messages", message_id="2", text=PAIN)[-1]
    wrong = app.post(path, json={"message_id": "3", "option": "Quizá"})
    found = problem(wrong, 409, "no-such-option")
    assert found["valid"] == asked["options"]
    assert "'Quizá'" in found["detail"]
    # One that was taken is had again, though the options are others by now.
    first = app.talk(thread, "choices", message_id="4", option=asked["options"][0])
    assert app.talk(thread, "choices", message_id="4", option=asked["options"][0]) == first


def test_a_fact_that_is_not_known_is_refused_with_those_that_are(app: Caller) -> None:
    thread = app.opened()
    app.talk(thread, "messages", message_id="1", text=PAIN)
    path = f"/conversations/{thread}/corrections"
    wrong = app.post(path, json={"message_id": "2", "name": "weight"})
    assert problem(wrong, 409, "no-such-fact")["valid"] == ["baby_age_days"]


# The message id


def test_the_same_message_again_gives_the_same_events(app: Caller) -> None:
    thread = app.opened()
    first = app.talk(thread, "messages", message_id="1", text=PAIN)
    app.talk(thread, "messages", message_id="2", text="No lo sé")
    assert app.talk(thread, "messages", message_id="1", text=PAIN) == first
    assert app.get(f"/conversations/{thread}/summary").json()["messages"] == 2


def test_a_message_sent_eight_times_at_once_counts_once(app: Caller) -> None:
    thread = app.opened()

    def send(_: int) -> list[dict[str, Any]]:
        return app.talk(thread, "messages", message_id="1", text=PAIN)

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(send, range(8))
    assert all(other == first for other in others)
    assert app.get(f"/conversations/{thread}/summary").json()["messages"] == 1


def test_another_message_under_the_same_id_is_refused(app: Caller) -> None:
    thread = app.opened()
    app.talk(thread, "messages", message_id="uno", text=PAIN)
    app.talk(thread, "corrections", message_id="dos", name="baby_age_days")
    for what, message in (
        ("messages", {"message_id": "uno", "text": "otra cosa"}),
        ("choices", {"message_id": "uno", "option": "otra cosa"}),
        ("corrections", {"message_id": "uno", "name": "baby_age_days"}),
        ("messages", {"message_id": "dos", "text": PAIN}),
    ):
        response = app.post(f"/conversations/{thread}/{what}", json=message)
        detail = problem(response, 409, "message-id-taken")["detail"]
        assert repr(message["message_id"]) in detail
    # In another conversation it is another id.
    assert app.talk(app.opened(), "messages", message_id="uno", text="otra cosa")


# Who may


def test_without_a_valid_key_nothing_is_served(api: ApiServer) -> None:
    for key in (None, "x", "nodriza_000000000000_" + "a" * 43):
        with Caller(api.url, key) as nobody:
            response = nobody.post("/conversations")
            assert response.headers["www-authenticate"] == "Bearer"
            problem(response, 401, "no-valid-key")
            problem(nobody.post("/analyse", json={"text": PAIN}), 401, "no-valid-key")


def test_another_clients_conversation_is_not_there(api: ApiServer, app: Caller) -> None:
    thread = app.opened()
    app.talk(thread, "messages", message_id="1", text=PAIN)
    with api.caller("another") as other:
        for response in (
            other.get(f"/conversations/{thread}/history"),
            other.get(f"/conversations/{thread}/summary"),
            other.post(f"/conversations/{thread}/messages", json={"message_id": "2", "text": "a"}),
            other.delete(f"/conversations/{thread}"),
            app.get(f"/conversations/{uuid.uuid4().hex}/history"),
        ):
            problem(response, 404, "no-such-conversation")
    assert app.get(f"/conversations/{thread}/summary").json()["messages"] == 1


def test_a_new_key_of_the_same_client_sees_its_conversations(api: ApiServer) -> None:
    with api.caller("rotating") as old, api.caller("rotating") as new:
        thread = old.opened()
        assert new.get(f"/conversations/{thread}/history").json()["turns"] == []
        old_key = old.headers["authorization"].split("_")[1]
        assert api.clients.revoke(old_key)
        problem(old.get(f"/conversations/{thread}/history"), 401, "no-valid-key")
        assert new.get(f"/conversations/{thread}/history").status_code == 200


def test_each_role_may_do_what_it_is_for(api: ApiServer, app: Caller, researcher: Caller) -> None:
    thread = app.opened()
    said = {"message_id": "1", "text": PAIN}
    app.talk(thread, "messages", **said)
    problem(app.get("/conversations"), 403, "role-not-enough")
    problem(app.get("/metrics"), 403, "role-not-enough")

    listed = researcher.get("/conversations", params={"limit": 1}).json()
    assert listed["conversations"][0]["id"] == thread
    assert listed["conversations"][0]["first_words"] == PAIN
    assert listed["total"] >= 1
    problem(researcher.post("/conversations"), 403, "role-not-enough")
    problem(researcher.delete(f"/conversations/{thread}"), 403, "role-not-enough")
    path = f"/conversations/{thread}/messages"
    problem(researcher.post(path, json=said), 403, "role-not-enough")

    with api.caller("prometheus", "monitoring") as monitor:
        problem(monitor.get("/conversations"), 403, "role-not-enough")
        assert monitor.get("/metrics").status_code == 200
    with api.caller("boss", "admin") as admin:
        # What others opened may be read and erased, but nobody speaks for them.
        problem(admin.post(path, json=said), 404, "no-such-conversation")
        assert admin.delete(f"/conversations/{thread}").status_code == 204
    problem(app.get(f"/conversations/{thread}/history"), 404, "no-such-conversation")


def test_a_key_is_let_in_as_often_as_its_rate(api: ApiServer, app: Caller) -> None:
    with api.caller("eager", rate="3/hour") as eager:
        assert [eager.post("/conversations").status_code for _ in range(3)] == [201] * 3
        refused = eager.post("/conversations")
        assert "3 per 1 hour" in problem(refused, 429, "too-many-requests")["detail"]
        assert 3500 < int(refused.headers["retry-after"]) <= 3600
    assert app.post("/conversations").status_code == 201


# Erasing


def test_an_erased_conversation_is_gone_for_everybody(
    api: ApiServer, app: Caller, researcher: Caller
) -> None:
    thread, other = app.opened(), app.opened()
    for one in (thread, other):
        app.talk(one, "messages", message_id="1", text=PAIN)
    assert app.delete(f"/conversations/{thread}").status_code == 204
    said = {"message_id": "1", "text": PAIN}
    for response in (
        app.delete(f"/conversations/{thread}"),
        app.get(f"/conversations/{thread}/summary"),
        app.post(f"/conversations/{thread}/messages", json=said),
        researcher.get(f"/conversations/{thread}/history"),
    ):
        problem(response, 404, "no-such-conversation")
    assert app.get(f"/conversations/{other}/summary").json()["messages"] == 1


# One message by itself


def test_a_message_is_analysed_and_not_kept(api: ApiServer, app: Caller) -> None:
    before = api.service.records.count()
    text = "Mi bebé de 3 semanas tiene 38,5 de fiebre"
    found = app.post("/analyse", json={"text": text}).json()
    flag = found["red_flags"]
    assert (flag["level"], flag["sign"]) == ("emergency", "baby-fever-under-3-months")
    assert all(text[span["start"] : span["end"]] == span["text"] for span in flag["spans"])
    facts = {fact["name"]: fact["value"] for fact in found["understood"]["facts"]}
    assert facts == {"baby_age_days": 21.0, "baby_temperature_c": 38.5}
    assert found["understood"]["topics"]
    entries = found["entry_points"]
    total = sum(entry["probability"] for entry in entries["candidates"])
    assert 0.5 < total + entries["none_of_these"] + entries["unclear"] <= 1.000001
    assert api.service.records.count() == before


def test_it_says_what_a_turn_would_say(app: Caller) -> None:
    turn = app.talk(app.opened(), "messages", message_id="1", text=PAIN)
    found = app.post("/analyse", json={"text": PAIN}).json()
    by_type = {event["type"]: event for event in turn}
    for name, kind in (
        ("red_flags", "screened"),
        ("understood", "understood"),
        ("entry_points", "located"),
    ):
        assert found[name] | {"at": None} == by_type[kind] | {"at": None}


# What is wrong with a request


def test_a_wrong_value_is_quoted_with_what_is_valid(app: Caller) -> None:
    path = f"/conversations/{app.opened()}/messages"
    found = problem(
        app.post(path, json={"message_id": "a b", "text": "x" * 4001, "txt": 1}),
        422,
        "invalid-request",
    )
    errors = {error["place"]: error for error in found["errors"]}
    assert set(errors) == {"body/message_id", "body/text", "body/txt"}
    assert errors["body/message_id"]["value"] == "'a b'"
    assert "4000 characters" in errors["body/text"]["detail"]
    assert len(errors["body/text"]["value"]) == 80


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\n\t"])
def test_a_message_without_words_is_refused(app: Caller, text: str) -> None:
    path = f"/conversations/{app.opened()}/messages"
    problem(app.post(path, json={"message_id": "1", "text": text}), 422, "invalid-request")


@pytest.mark.parametrize(
    "text", ["hola\x00 mundo", "👩🏽‍🍼 ¿qué hago?", "\ufeff hola \u2028", "</script>"]
)
def test_any_other_words_are_taken(app: Caller, text: str) -> None:
    thread = app.opened()
    first = app.talk(thread, "messages", message_id="1", text=text)
    assert first[0]["text"] == text.replace("\x00", "")
    assert app.talk(thread, "messages", message_id="1", text=text) == first


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'{"message_id":"1","text":"\\ud800"}']
)
def test_what_is_no_message_is_refused(app: Caller, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    path = f"/conversations/{app.opened()}/messages"
    assert app.post(path, content=body, headers=headers).status_code in (400, 422)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_not_read(app: Caller, chunked: bool) -> None:
    body = b'{"text": "' + b"x" * 100_000
    content = iter([body]) if chunked else body
    headers = {"content-type": "application/json"}
    problem(app.post("/analyse", content=content, headers=headers), 413)


def test_what_is_not_there_is_a_problem_too(app: Caller) -> None:
    problem(app.get("/nothing"), 404)
    response = app.put("/conversations")
    problem(response, 405)


# Operation


def test_metrics_count_turns_and_hold_no_words(api: ApiServer, app: Caller) -> None:
    with api.caller("prometheus", "monitoring") as monitor:
        before = _turns(monitor.get("/metrics").text)
        thread = app.opened()
        app.talk(thread, "messages", message_id="m-17", text=PAIN)
        app.talk(thread, "messages", message_id="m-17", text=PAIN)  # no turn of its own
        text = monitor.get("/metrics").text
    assert _turns(text) == before + 1
    assert not any(secret in text for secret in (thread, "m-17", "duele", "baby_age"))


def _turns(text: str) -> float:
    lines = [line for line in text.splitlines() if line.startswith("nodriza_turn_seconds_count")]
    return float(lines[0].split()[1])


def test_health_and_readiness_need_no_key(api: ApiServer) -> None:
    assert httpx.get(f"{api.url}/salud", trust_env=False).text == "ok"
    response = httpx.get(f"{api.url}/salud/listo", trust_env=False)
    assert (response.status_code, response.json()) == (200, {"record": "ok"})


def test_it_is_not_ready_without_its_graph(caplog: pytest.LogCaptureFixture) -> None:
    store = TreeStore("bolt://127.0.0.1:1", "neo4j", "contraseña", timeout=1)
    response = ready({"graph": lambda: store.active("lactancia"), "record": lambda: None})
    store.close()
    assert response.status_code == 503
    assert json.loads(bytes(response.body)) == {"graph": "unavailable", "record": "ok"}
    assert GraphUnavailable.__name__ in caplog.text
    assert "contraseña" not in caplog.text


def test_answers_are_not_cached_and_the_page_keeps_its_own_headers(app: Caller) -> None:
    response = app.get("/conversations/x/history")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_nothing_that_is_sent_ends_in_the_log(
    app: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    thread = app.opened()
    app.talk(thread, "messages", message_id="1", text=PAIN)
    app.post(f"/conversations/{thread}/messages", json={"message_id": "1", "text": "secreto"})
    app.post(f"/conversations/{thread}/messages", json={"message_id": "secreto x", "text": "y"})
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    log = "\n".join(record.getMessage() for record in ours)
    key = app.headers["authorization"].split("_", 2)[2]
    assert not any(word in log for word in ("duele", "secreto", thread, key))


# The description and the example


def test_every_event_is_described(app: Caller) -> None:
    described = app.get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    for event in EVENT.json_schema()["discriminator"]["mapping"].values():
        schema = schemas[event.rpartition("/")[2]]
        assert schema["description"], event
        assert schema["properties"]["at"]["description"]
    assert schemas["Replied"]["properties"]["options"]["description"]
    stream = described["paths"]["/conversations/{conversation}/messages"]["post"]["responses"]
    assert "contentSchema" in json.dumps(stream["200"]["content"]["text/event-stream"])
    assert described["servers"] == [{"url": PREFIX}]
    page = app.get("/docs").text
    assert "https://" not in page
    assert app.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200


def test_the_example_client_holds_a_conversation(api: ApiServer) -> None:
    key = api.clients.create_key("example", "app", "60/minute")
    before = api.service.records.count()
    done = subprocess.run(
        [sys.executable, "docs/examples/api_client.py", api.url],
        cwd=PROJECT,
        env={"API_KEY": key, "PYTHONIOENCODING": "utf-8"},
        input=f"{PAIN}\nDurante casi toda la toma\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stderr == ""
    assert "[question]" in done.stdout
    assert "  - Durante casi toda la toma" in done.stdout
    assert "edad del bebé: 3 semanas" in done.stdout
    assert api.service.records.count() == before
