"""From a question to the nodes of a graph, by the locator and by simple methods.

The question itself is never in what they look through. The locator is built anew for each question
from the others: nothing of its insides has to be known, and no weight has seen the question. That
takes half a second a question for CTS, and the vectors are computed once.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.public.baselines import BM25
from evaluation.public.cts_folder import LANGUAGE, GraphNode, asked_words
from evaluation.results import NodePrediction, RankedNode
from tools.encoder import Encoder
from tools.formats.foreign.fitting import title_from
from tools.locate import Locator, phrases_of
from tools.similarity import MEANING, PhraseIndex
from tools.tree import PlacedEntry

RankNodes = Callable[[str], Sequence[str]]
"""From a question to the nodes, best first."""


def node_predictor(
    nodes: Sequence[GraphNode], encoder: Encoder | None
) -> Callable[[str], NodePrediction]:
    """What the locator makes of a question: every node is an entry point and a topic of its own."""

    def predict(question: str) -> NodePrediction:
        entries = [_entry(place, node, question) for place, node in enumerate(nodes)]
        locator = Locator(entries, LANGUAGE, encoder)
        started = time.perf_counter()
        found = locator.locate(question)
        ms = (time.perf_counter() - started) * 1000
        ids = {entry.node: node.id for entry, node in zip(entries, nodes, strict=True)}
        return NodePrediction(
            candidates=[
                RankedNode(node=ids[candidate.node], probability=candidate.probability)
                for candidate in found.candidates
            ],
            ms=round(ms, 2),
            model_calls=0,
        )

    return predict


def node_rankers(nodes: Sequence[GraphNode], encoder: Encoder | None) -> dict[str, RankNodes]:
    """Rankings of nodes by name: BM25 over one document a node, embeddings only."""
    ids = [node.id for node in nodes]

    def by_bm25(question: str) -> Sequence[str]:
        documents = [" ".join((node.text, *node.without(question))) for node in nodes]
        return _ranked(ids, BM25(documents, LANGUAGE).scores(question))

    rankers: dict[str, RankNodes] = {"BM25": by_bm25}
    if encoder:
        entries = [_entry(place, node, None) for place, node in enumerate(nodes)]
        phrases = [(i, phrase) for i, entry in enumerate(entries) for phrase in phrases_of(entry)]
        owners = np.array([i for i, _ in phrases])
        told = np.array([asked_words(phrase.text) for _, phrase in phrases])
        index = PhraseIndex([[phrase] for _, phrase in phrases], LANGUAGE, encoder)

        def by_meaning(question: str) -> Sequence[str]:
            likeness = index.features(question)[:, MEANING]
            best = np.full(len(nodes), -np.inf)
            others = told != asked_words(question)
            np.maximum.at(best, owners[others], likeness[others])
            return _ranked(ids, best)

        rankers["embeddings"] = by_meaning
    return rankers


def _entry(place: int, node: GraphNode, left_out: str | None) -> PlacedEntry:
    # Ids are those of another program: the tree's may look otherwise.
    name = f"node-{place}"
    questions = node.questions if left_out is None else node.without(left_out)
    return PlacedEntry(
        node=name,
        topic=name,
        title=title_from(node.text),
        description=node.text,
        examples=questions,
    )


def _ranked(ids: Sequence[str], scores: NDArray[np.float64]) -> list[str]:
    return [ids[place] for place in np.argsort(-scores, kind="stable")]
