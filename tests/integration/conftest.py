"""The whole house on a real graph, with the shipped tree and a record in a file."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import pytest

from agent.assistant import Assistant
from agent.service import Service, open_service
from agent.settings import load_settings
from agent.texts import load_texts
from records.events import Event, Moved, Replied
from tests.integration.api_house import ApiServer, serving
from tests.integration.openai_server import ScriptedModel
from tools.embedded import DATABASE, USER, EmbeddedGraph
from tools.formats.yaml_folder import read_tree
from tools.tree import Advice, Option, Question, Referral, Tree

SHIPPED = Path(__file__).parents[2] / "trees"
TEXTS = load_texts("es")
E = TypeVar("E")


class GraphServer(NamedTuple):
    """How to reach a graph."""

    uri: str
    user: str
    password: str
    database: str

    def settings(self) -> dict[str, Any]:
        """The settings that point at it."""
        return {
            "graph_uri": self.uri,
            "graph_user": self.user,
            "graph_password": self.password,
            "graph_database": self.database,
        }


@pytest.fixture(scope="session")
def graph_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphServer]:
    """A graph of our own, reached over Bolt as any server is."""
    with EmbeddedGraph(tmp_path_factory.mktemp("graph")) as graph:
        yield GraphServer(graph.uri, USER, graph.password, DATABASE)


@lru_cache
def shipped_tree() -> Tree:
    """The shipped tree, read from its files."""
    return read_tree(SHIPPED / "lactancia")


@pytest.fixture(scope="session")
def tree() -> Tree:
    """The shipped tree."""
    return shipped_tree()


class OpenHouse(Protocol):
    """Opens a house; it is closed when the test ends."""

    def __call__(self, **settings: Any) -> Service:
        """`settings` beat those of the fixture."""
        ...


@pytest.fixture
def open_house(graph_server: GraphServer, tmp_path: Path) -> Iterator[OpenHouse]:
    """Houses on the session's graph. Those of one test share a record, unless told otherwise."""
    with ExitStack() as stack:

        def opened(**settings: Any) -> Service:
            known = {"data_folder": tmp_path / "data", **graph_server.settings()}
            return stack.enter_context(open_service(load_settings(**{**known, **settings})))

        yield opened


@pytest.fixture(scope="session")
def model_server() -> Iterator[ScriptedModel]:
    """The stand-in for a model's API."""
    with ScriptedModel() as server:
        yield server


@pytest.fixture
def model(model_server: ScriptedModel) -> Iterator[ScriptedModel]:
    """A model without a script yet; the script must be over when the test ends."""
    model_server.forget()
    yield model_server
    assert model_server.unscripted == 0, "the model was asked more often than the test expects"
    assert model_server.left == 0, "the model was asked less often than the test expects"


@pytest.fixture(scope="session")
def led(
    graph_server: GraphServer,
    model_server: ScriptedModel,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """The house that the scripted model leads."""
    with led_house(graph_server, model_server, tmp_path_factory.mktemp("led")) as service:
        yield service


@pytest.fixture(scope="session")
def unled(graph_server: GraphServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The house without a model, for tests that leave it as they found it."""
    known = {"data_folder": tmp_path_factory.mktemp("unled"), **graph_server.settings()}
    with open_service(load_settings(navigator="semantic", **known)) as service:
        yield service


@contextmanager
def led_house(
    graph: GraphServer, led_by: ScriptedModel, folder: Path, **settings: Any
) -> Iterator[Service]:
    """A house that a scripted model leads, with its data in a folder. `settings` beat the rest."""
    known = {"data_folder": folder, **graph.settings(), **model_settings(led_by)}
    with open_service(load_settings(**{**known, **settings})) as service:
        yield service


@pytest.fixture(scope="session")
def api(graph_server: GraphServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """The web application with its HTTP API, on a house without a model."""
    settings = load_settings(
        data_folder=tmp_path_factory.mktemp("api"), navigator="semantic", **graph_server.settings()
    )
    with open_service(settings) as service, serving(service, settings.chosen_records_url) as server:
        yield server


def model_settings(model: ScriptedModel) -> dict[str, Any]:
    """The settings that point at a scripted model."""
    return {
        "navigator": "tools",
        "model": "openai:scripted",
        "model_base_url": model.url,
        "model_api_key": "test",
        "model_timeout": 20.0,
    }


@dataclass(frozen=True)
class Turn:
    """What followed a message, read to its end."""

    events: list[Event]

    @property
    def replied(self) -> Replied:
        """What she reads."""
        reply = self.events[-1]
        assert isinstance(reply, Replied)
        assert sum(isinstance(event, Replied) for event in self.events) == 1
        return reply

    def of(self, kind: type[E]) -> list[E]:
        """Its events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def places(self) -> list[str | None]:
        """Where its moves led."""
        return [moved.target for moved in self.of(Moved)]


@dataclass
class Conversation:
    """A mother who talks, and what she was told."""

    assistant: Assistant
    thread: str = field(default_factory=lambda: uuid.uuid4().hex)
    said: int = 0
    last: Turn | None = None

    def say(self, text: str, message_id: str | None = None) -> Turn:
        """Write something, and read the answer to its end."""
        if message_id is None:
            message_id = str(self.said)
            self.said += 1
        self.last = Turn(list(self.assistant.reply(self.thread, message_id, text)))
        return self.last

    def press(self, label: str) -> Turn:
        """Press a button, which must be there."""
        assert self.last is not None
        assert label in self.last.replied.options, self.last.replied.options
        return self.say(label)

    def forget(self, name: str) -> Turn:
        """Remove what was understood."""
        number = str(self.said)
        self.said += 1
        self.last = Turn(list(self.assistant.correct(self.thread, number, name)))
        return self.last

    @property
    def history(self) -> list[Event]:
        """What the record has of it."""
        return self.assistant.history(self.thread)

    @property
    def node(self) -> str | None:
        """Where it stands, by the moves that were recorded."""
        moves = [event.target for event in self.history if isinstance(event, Moved)]
        return moves[-1] if moves else None


def question_of(tree: Tree, node: str) -> Question:
    """A question of the tree."""
    found = tree.by_id[node]
    assert isinstance(found, Question)
    return found


def option_of(tree: Tree, node: str, option: str) -> Option:
    """An option of a question."""
    return next(o for o in question_of(tree, node).options if o.id == option)


def assert_is_the_trees(reply: Replied, tree: Tree) -> None:
    """What she reads is the text of the node, to the letter, with its sources."""
    assert reply.node is not None
    node = tree.by_id[reply.node]
    if isinstance(node, Advice | Referral):
        assert reply.kind == "answer"
        shown = (reply.text, reply.title, reply.normal, reply.seek_help, reply.urgency)
        assert shown == (node.text, node.title, node.normal, node.seek_help, node.urgency)
        sources = [tree.source_by_id[name] for name in node.sources]
        assert sorted(s.url for s in reply.sources) == sorted(s.url for s in sources)
        assert {s.title for s in reply.sources} == {s.title for s in sources}
        assert sources
    elif isinstance(node, Question):
        assert reply.kind == "question"
        assert reply.text in (node.text, *_AGAIN)
        labels = [option.label for option in node.options]
        first = reply.options.index(labels[0])
        assert reply.options[first : first + len(labels)] == labels
        assert first <= 1, "one place that she seems to speak of may stand before them"
        assert reply.intro is None or _is_ours(reply.intro, node.help)
    else:
        assert reply.kind == "input"
        assert reply.text in (getattr(node, "text", None), *_AGAIN)


def _intros(helps: str | None) -> set[str]:
    keys = ("not_sure", "explained", "value_not_understood", "unknown_is_fine")
    before = [TEXTS(f"agent.{key}") for key in keys]
    names = ["nothing_to_undo", "perhaps_else", "sorry", "person_answers", "no_person"]
    names += ["no_doses", "only_this", "not_guessed", "first_this", "hard_for_you"]
    alone = {TEXTS(f"agent.{key}") for key in names}
    return {*before, *(f"{one} {helps}" for one in before), *alone}


def _is_ours(intro: str, helps: str | None) -> bool:
    """Whether it is a sentence of the catalogue, perhaps with a title or her facts in it."""
    intro = intro.removeprefix(f"{TEXTS('agent.hard_for_you')} ")
    filled = (
        TEXTS("agent.noted", facts="\0"),
        *(TEXTS(f"agent.{key}", title="\0") for key in ("perhaps_elsewhere", "asks_elsewhere")),
    )
    return intro in _intros(helps) or any(
        intro.startswith(before) and intro.endswith(after)
        for before, _, after in (text.partition("\0") for text in filled)
    )


_AGAIN = [
    TEXTS(f"agent.{key}")
    for key in ("which_of_these", "press_a_button", "value_again", "value_or_button")
]
"""What a question is put in when she has just read its own words."""
