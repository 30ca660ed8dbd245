"""The folder of CTS: a graph whose nodes say in which words users ask for them.

The layout is that of Väth et al., "Conversational Tree Search" (EACL 2023): `train_graph.json`
and, where it is there too, `test_graph.json` with other questions for the same nodes. The answers'
paraphrases beside them (`train_answers.json`) are about another task and are not read.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.cases import CasesError
from tools.errors import TreeError
from tools.formats.foreign.cts_graph import CtsGraph, read_cts_graph
from tools.formats.foreign.markup import plain_text
from tools.words import words

TRAIN, TEST = "train_graph.json", "test_graph.json"
LANGUAGE = "de"
_SHOWN = ("infoNode", "userResponseNode", "userInputNode")
"""Nodes with something to show; the others start the graph or compare variables."""


@dataclass(frozen=True)
class GraphNode:
    """A node that a question may lead to."""

    id: str
    text: str
    questions: tuple[str, ...]
    """Ways to ask for it that may be learnt from."""

    def without(self, question: str) -> tuple[str, ...]:
        """Those of its questions that do not have the words of `question`."""
        left_out = asked_words(question)
        return tuple(other for other in self.questions if asked_words(other) != left_out)


@dataclass(frozen=True)
class NodeCase:
    """A question, and the nodes that are right: all that have it among their own."""

    id: str
    given: str
    right: frozenset[str]


@dataclass(frozen=True)
class CtsQuestions:
    """All questions of a folder, and the nodes among which theirs is looked for."""

    nodes: tuple[GraphNode, ...]
    cases: tuple[NodeCase, ...]
    files: tuple[Path, ...]


def read_cts_questions(folder: Path) -> CtsQuestions:
    """Read and check the graphs: TEST's questions are asked where it is there, else TRAIN's own.

    Raises CasesError with every problem of a graph, each with its line.
    """
    files = tuple(folder / name for name in (TRAIN, TEST) if (folder / name).is_file())
    if not files:
        valid = f"CTS's layout, {TRAIN} and perhaps {TEST}"
        raise CasesError(f"there is no {TRAIN} in {str(folder)!r}; valid: {valid}")
    graphs = [_graph(file) for file in files]
    nodes, asked = _nodes(graphs[0]), _nodes(graphs[-1])
    if foreign := {node.id for node in asked} - {node.id for node in nodes}:
        names = ", ".join(map(repr, sorted(foreign)))
        raise CasesError(f"{str(files[-1])!r} has nodes that {TRAIN} has not: {names}")
    cases = _cases(asked)
    if not cases:
        raise CasesError(f"no node of {str(files[-1])!r} has a question; valid: data.questions")
    return CtsQuestions(nodes, cases, files)


def asked_words(question: str) -> str:
    """What two questions have in common that are the same but for case and punctuation."""
    return " ".join(word.folded for word in words(question)) or question


def _graph(file: Path) -> CtsGraph:
    try:
        return read_cts_graph(file)
    except TreeError as error:
        what = error.problems or (str(error),)
        raise CasesError(f"{str(file)!r} is not valid; valid: a graph of CTS", what) from error


def _nodes(graph: CtsGraph) -> tuple[GraphNode, ...]:
    return tuple(
        GraphNode(node.id, plain_text(node.markup) or node.text, tuple(node.questions))
        for node in graph.nodes.values()
        if node.kind in _SHOWN
    )


def _cases(nodes: Sequence[GraphNode]) -> tuple[NodeCase, ...]:
    right: dict[str, set[str]] = defaultdict(set)
    first: dict[str, tuple[str, str]] = {}
    for node in nodes:
        for place, question in enumerate(node.questions):
            key = asked_words(question)
            right[key].add(node.id)
            first.setdefault(key, (f"{node.id}/{place}", question))
    return tuple(
        NodeCase(name, question, frozenset(right[key])) for key, (name, question) in first.items()
    )
