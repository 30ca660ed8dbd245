"""Puts the house together from the settings: graph, record, model, assistant."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial

from prometheus_client import CollectorRegistry

from agent.assistant import Assistant
from agent.brains import Brains, Learning
from agent.danger.guard import Guard
from agent.danger.likeness import DangerReader, read_danger_samples
from agent.danger.redflags import Catalogue, phones, read_catalogue
from agent.expiry import expiring
from agent.metrics import TurnMetrics, count_under_way
from agent.models.budget import Budget
from agent.models.providers import make_models
from agent.models.trust import Trust, read_trust, trust_key
from agent.navigators import consult, scored
from agent.settings import Navigator, Settings
from agent.texts import load_texts
from agent.traces import tracing
from agent.turns import DoneTurn, House
from agent.vectors import DANGERS, harmless_messages, learnt_beside, learnt_dangers
from records.checkpoints import Checkpoints
from records.database import memory_url
from records.store import Records
from tools import embedded
from tools.collector import resting
from tools.drafts import published
from tools.encoder import CachedEncoder, Encoder, UniversalSentenceEncoder
from tools.errors import UnknownTree
from tools.formats.yaml_folder import read_tree
from tools.learnt import Shelf
from tools.samples import read_samples
from tools.store import TreeStore
from tools.tree import Tree

Progress = Callable[[str], None]
"""Is told what is being done."""


@dataclass(frozen=True)
class Service:
    """A running house."""

    assistant: Assistant
    private: Assistant
    """Keeps its conversations in memory only, until they are erased or the house is closed."""
    records: Records
    store: TreeStore
    metrics: CollectorRegistry
    """What is counted of its turns, for Prometheus."""
    house: House
    """What its turns are run with; agent/replay runs them again."""


@contextmanager
def open_store(
    settings: Settings, say: Progress = lambda _text: None, *, foreign_queries: bool = False
) -> Iterator[TreeStore]:
    """The graph of the settings: a server, or the embedded one, started and stopped here.

    With `foreign_queries` the embedded one, too, ends a query after the timeout of the settings.
    Raises GraphUnavailable, GraphInUse.
    """
    with ExitStack() as stack:
        if settings.graph_uri:
            uri, user, database = settings.graph_uri, settings.graph_user, settings.graph_database
            password = settings.graph_password.get_secret_value()
        else:
            say("starting the embedded graph (about 3 seconds)")
            timeout = settings.graph_timeout if foreign_queries else None
            folder = settings.data_folder / "graph"
            graph = stack.enter_context(embedded.EmbeddedGraph(folder, timeout=timeout))
            uri, user, database = graph.uri, embedded.USER, embedded.DATABASE
            password = graph.password
        store = TreeStore(uri, user, password, database=database, timeout=settings.graph_timeout)
        stack.callback(store.close)
        store.prepare()
        yield store


@contextmanager
def open_service(
    settings: Settings,
    say: Progress = lambda _text: None,
    graph_is_up: Callable[[], object] = lambda: None,
    draft: Tree | None = None,
    person: bool = False,
) -> Iterator[Service]:
    """Everything that answers messages; closed again at the end of the block.

    `graph_is_up` is called when the graph has started and nothing was read yet. A `draft` is put
    into use with its draft topics, in place of the tree of the settings. `person` says whether
    one answers those who ask for one.
    """
    metrics = CollectorRegistry()
    counted = TurnMetrics(metrics)

    def count(done: DoneTurn) -> None:
        counted.observe(done.events, done.seconds)

    with (
        tracing(settings) as trace,
        open_house(settings, say, graph_is_up, draft, count) as house,
        # Who wants nothing kept is not traced either.
        in_memory(house) as forgetful,
    ):

        def count_and_trace(done: DoneTurn) -> None:
            count(done)
            trace(done)

        kept = replace(house, person=person, on_turn=count_and_trace)
        assistant = Assistant(kept, parallel_turns=settings.parallel_turns)
        private = Assistant(forgetful, beside=assistant)
        count_under_way(metrics, lambda: assistant.under_way + private.under_way)
        try:
            yield Service(assistant, private, house.records, house.brains.store, metrics, kept)
        finally:
            assistant.close()


@contextmanager
def in_memory(house: House) -> Iterator[House]:
    """The same house with a record and checkpoints of its own that are never on disk."""
    url = memory_url()
    with (
        closing(Records.open(url)) as records,
        closing(Checkpoints.open(url)) as checkpoints,
    ):
        yield replace(house, records=records, checkpoints=checkpoints)


@contextmanager
def open_house(
    settings: Settings,
    say: Progress = lambda _text: None,
    graph_is_up: Callable[[], object] = lambda: None,
    draft: Tree | None = None,
    on_turn: Callable[[DoneTurn], None] = lambda _done: None,
) -> Iterator[House]:
    """What a service works with, for `open_service`'s arguments; `on_turn` as House has it."""
    models = make_models(settings)
    with ExitStack() as stack:
        starting = stack.enter_context(ExitStack())
        starting.enter_context(resting())
        store = stack.enter_context(open_store(settings, say))
        graph_is_up()
        settings.data_folder.mkdir(parents=True, exist_ok=True)
        records = Records.open(settings.chosen_records_url)
        stack.callback(records.close)
        checkpoints = Checkpoints.open(settings.chosen_records_url)
        stack.callback(checkpoints.close)
        stack.enter_context(expiring(records, checkpoints, settings.keep_days))
        if draft is None:
            ensure_tree(settings, store, say)
            store.collect(records.trees_in_use())
        else:
            say(f"loading the draft {draft.version} ({len(draft.nodes)} nodes)")
            store.load(draft)
        catalogue = read_catalogue(settings.trees_folder / "redflags.yaml")
        language = store.active(settings.tree).language
        encoder = make_encoder(settings)
        house = House(
            brains=Brains(store, settings.tree, language, encoder, learning(settings, say)),
            records=records,
            checkpoints=checkpoints,
            guard=make_guard(settings, catalogue, language, encoder, say),
            catalogue=catalogue,
            phones=phones(settings.country),
            texts=load_texts(settings.language),
            navigator=settings.chosen_navigator,
            models=models,
            phrasing=settings.phrasing,
            budget=Budget(settings.budget_visitor, settings.budget_day),
            trust_of=partial(measured_trust, settings),
            on_turn=on_turn,
        )
        house.brains.of(house.brains.active())
        for model in models:  # a file that is broken is told now
            measured_trust(settings, house.navigator, house.brains.active(), model.name)
        # Its first text loads the model, which takes a second: not while a mother waits.
        threading.Thread(target=encoder.encode, args=(["hola"], "query"), daemon=True).start()
        starting.close()
        yield house


def make_encoder(settings: Settings) -> CachedEncoder:
    """The offline encoder with the vectors that are shipped for the tree."""
    shipped = settings.trees_folder / f"{settings.tree}.vectors.npz"
    return CachedEncoder(UniversalSentenceEncoder(), shipped)


def make_guard(
    settings: Settings,
    catalogue: Catalogue,
    language: str,
    encoder: Encoder,
    say: Progress = lambda _text: None,
) -> Guard:
    """The guard with the dangers and near misses that stand beside the catalogue."""
    folder = settings.trees_folder
    samples = read_danger_samples(folder / DANGERS)
    if not samples:
        return Guard(catalogue)
    shelf = Shelf(learnt_dangers(folder), settings.data_folder / "learnt", say)
    return Guard(
        catalogue, DangerReader(samples, harmless_messages(folder), language, encoder, shelf)
    )


def learning(settings: Settings, say: Progress = lambda _text: None) -> Learning:
    """What stands beside the tree to learn from, and where what was learnt is kept."""
    beside = settings.trees_folder / settings.tree
    return Learning(
        samples=read_samples(beside.with_suffix(".messages.jsonl")),
        shelf=Shelf(learnt_beside(beside), settings.data_folder / "learnt", say),
    )


def measured_trust(settings: Settings, navigator: Navigator, version: str, model: str) -> Trust:
    """What was measured of a model, by its name in the settings, on a tree version."""
    encoder = UniversalSentenceEncoder.name
    prompts = consult if navigator == "tools" else scored
    key = trust_key(version, encoder, model, prompts.prompt_keys())
    return read_trust(settings.data_folder / "trust.json", key)


def ensure_tree(settings: Settings, store: TreeStore, say: Progress) -> None:
    """The folder's tree rules the embedded graph; a server keeps the version it has."""
    folder = settings.trees_folder / settings.tree
    active = {v.id: v.version for v in store.versions() if v.state == "active"}
    if folder.is_dir() and not (settings.graph_uri and settings.tree in active):
        tree = published(read_tree(folder))
        if active.get(tree.id) != tree.version:
            say(f"loading the tree {tree.version} ({len(tree.nodes)} nodes)")
            store.load(tree)
    elif settings.tree not in active:
        there = ", ".join(sorted(active)) or "none"
        raise UnknownTree(
            f"no tree {settings.tree!r} in the graph (there are: {there}) nor in"
            f" {str(settings.trees_folder)!r}; load it with: nodriza tree load FOLDER"
        )
