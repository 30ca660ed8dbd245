"""A real conversation on the experts' page, with the tree of the graph."""

import re
import uuid

from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from agent.service import Service
from agent.texts import load_texts
from records.events import Decided, HandedOff, Moved, PersonReplied
from records.store import Records
from tests.integration.conftest import Conversation
from tools.errors import GraphUnavailable
from tools.tree import Tree
from ui.experts.access.permissions import Permission, allows
from ui.experts.conversations.panel import conversations
from ui.experts.markup import escaped, percent
from ui.experts.titles import topic_titles, versions_of
from ui.experts.ways import CONVERSATION, HOME

TEXTS = load_texts("es")


def _unreachable(_: str) -> Tree:
    raise GraphUnavailable("no graph")


def _client(service: Service, *, graph: bool = True, role: str = "expert") -> TestClient:
    def reading(_: Request) -> Records:
        return service.records

    def auth(_: Request) -> str:
        return "ana"

    def may(_: Request, permission: Permission) -> bool:
        return allows(role, permission)

    app = FastAPI()
    tree = versions_of(service.store) if graph else _unreachable
    titles = topic_titles(service.store, "lactancia")
    app.include_router(conversations(reading, TEXTS, auth, titles=titles, tree=tree, may=may))
    return TestClient(app)


def _talk(service: Service) -> Conversation:
    mother = Conversation(service.assistant, f"page/{uuid.uuid4().hex}?&")
    asked = mother.say("me duele mucho al dar el pecho, sobre todo al empezar").replied
    mother.press(asked.options[0])
    return mother


def test_each_step_of_the_record_is_lit_and_the_others_have_their_probability(
    unled: Service,
) -> None:
    mother = _talk(unled)
    page = _client(unled).get(CONVERSATION, params={"c": mother.thread}).text
    moves = [event for event in mother.history if isinstance(event, Moved) and event.target]
    lit = set(re.findall(r'class="place \w+ walked[^"]*" data-node="([^"]+)"', page))
    assert {move.target for move in moves} <= lit
    decided = [
        event for event in mother.history if isinstance(event, Decided) and event.action == "ask"
    ]
    assert decided
    for choice in decided[-1].posterior:
        share = percent(choice.probability, TEXTS)
        label = f"<title>{escaped(choice.label)}</title>"
        [drawn] = [it for it in page.split('<g class="label ') if label in it][:1]
        assert share in drawn


def test_without_the_graph_the_record_is_enough(unled: Service) -> None:
    mother = _talk(unled)
    client = _client(unled, graph=False)
    page = client.get(CONVERSATION, params={"c": mother.thread})
    assert page.status_code == 200
    assert "el grafo no responde" in page.text
    assert 'class="way walked"' in page.text


def test_who_waits_for_a_person_is_one_link_from_the_desk(unled: Service) -> None:
    mother = _talk(unled)
    client = _client(unled)
    asked = {"c": mother.thread}
    unled.records.note(mother.thread, HandedOff(hand_off=7))
    assert "/expertas/consulta?bandeja=7" in client.get(CONVERSATION, params=asked).text
    answers_nobody = _client(unled, role="researcher").get(CONVERSATION, params=asked).text
    assert "bandeja=7" not in answers_nobody
    assert "/expertas/repetir" in answers_nobody
    unled.records.note(mother.thread, PersonReplied(hand_off=7, text="Hola"))
    assert "bandeja=7" not in client.get(CONVERSATION, params=asked).text


def test_a_place_in_a_list_that_is_none_leads_nowhere(unled: Service) -> None:
    mother = _talk(unled)
    client = _client(unled)
    for place in ("1", "0", "-1", "x", "999999"):
        asked = {"c": mother.thread, "n": place, "q": "?", "topic": "<img>"}
        assert client.get(CONVERSATION, params=asked).status_code == 200
    assert (
        client.get(HOME, params={"q": "", "rating": "none"}, follow_redirects=False)
        .headers["location"]
        .endswith("/expertas/?rating=none")
    )
