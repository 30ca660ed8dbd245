"""Walks made from public data sets in a folder of one's own: FloDial's dialogs, CTS's questions.

What a data set does not say is not made up: a dialog in which an answer on the way to its end
cannot be told, or whose end is no answer of the imported tree, is left out and counted.
"""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from evaluation.cases import CasesError, WalkCase
from evaluation.public.cts_folder import TRAIN, asked_words, read_cts_questions
from evaluation.public.flodial_folder import CHARTS, Chart, Turn, read_flodial_folder
from evaluation.public.flodial_steps import Dialog, flodial_steps
from tools.formats.foreign.cts import read_cts
from tools.formats.foreign.flodial import read_flodial
from tools.tree import Advice, Question, Referral, Topic, Tree

_PERSONA = "flodial"
_ASKER = "cts"


@dataclass(frozen=True)
class ForeignWalks:
    """A data set as cases of whole conversations."""

    tree: Tree
    cases: tuple[WalkCase, ...]
    left_out: Mapping[str, int]
    files: tuple[Path, ...]


class _LeftOut(Exception):
    """A dialog that cannot be made a case, and why."""


def flodial_walks(folder: Path, name: str) -> ForeignWalks:
    """A case for each dialog whose way through its chart is told. `name` is the tree's in them.

    She begins with the user's first words, answers as the user did, and presses the button at a
    question that the agent passed over because the first words had answered it. Raises CasesError
    where the folder is not valid or no dialog is left.
    """
    content = read_flodial_folder(folder)
    tree = read_flodial(folder / CHARTS).tree
    topics = {topic.title: topic for topic in tree.topics}
    left_out: Counter[str] = Counter()
    cases: list[WalkCase] = []
    for dialog in flodial_steps(content).dialogs:
        chart, turns = content.dialogs[dialog.id]
        topic = topics[chart.name.replace("_", " ").capitalize()]
        try:
            cases.append(_Follower(dialog, chart, turns, tree, topic).case(name))
        except _LeftOut as why:
            left_out[f"dialog: {why}"] += 1
    if not cases:
        raise CasesError(f"no dialog of {str(folder)!r} tells a whole way: {dict(left_out)}")
    return ForeignWalks(tree, tuple(cases), left_out, content.files)


class _Follower:
    """Follows one dialog along its chart and the tree that the chart has become."""

    def __init__(
        self, dialog: Dialog, chart: Chart, turns: tuple[Turn, ...], tree: Tree, topic: Topic
    ) -> None:
        self._dialog = dialog
        self._chart = chart
        self._turns = turns
        self._tree = tree
        self._topic = topic
        self._taken: dict[str, int] = {}
        """By the chart's node: the edge that was taken."""
        self._said: dict[str, str] = {}
        for step in (*dialog.opening, *dialog.steps):
            if isinstance(step.gold, int):
                self._taken[step.node] = step.gold
                if step.given.is_asked:
                    self._said[step.node] = step.given.reply

    def case(self, name: str) -> WalkCase:
        """Raises _LeftOut."""
        first = next((t.utterance.strip() for t in self._turns if t.speaker == "user"), "")
        if not first:
            raise _LeftOut("the user says nothing")
        answers: dict[str, str] = {}
        says: dict[str, str] = {}
        place, node = self._chart.starts[0], self._tree.by_id[self._topic.starts_at]
        while isinstance(node, Question):
            asking = self._asking(place)
            if asking not in self._taken:
                raise _LeftOut("an answer on the way is not told")
            label, place = self._chart.ways(asking)[self._taken[asking]]
            option = next((it for it in node.options if it.label == label), None)
            if option is None or node.id in answers:
                raise _LeftOut("its chart goes in a circle, or looks different as a tree")
            answers[node.id] = option.id
            if asking in self._said:
                says[node.id] = self._said[asking]
            node = self._tree.by_id[option.to]
        if not isinstance(node, Advice | Referral) or not self._ends_at(place):
            raise _LeftOut("it ends before an answer of the chart")
        return WalkCase(
            id=self._dialog.id,
            tree=name,
            first_message=first,
            persona=_PERSONA,
            facts={},
            start=self._topic.starts_at,
            answers=answers,
            says=says,
            target=(node.id,),
            must_escalate=False,
            summary_gold=(),
            topics_gold=(self._topic.id,),
        )

    def _asking(self, place: str) -> str:
        """The next node that has a choice: the import reads out what leads on in one way only."""
        while len(ways := self._chart.ways(place)) == 1:
            place = ways[0][1]
        return place

    def _ends_at(self, place: str) -> bool:
        """Whether the agent of the dialog came to the same end."""
        told = {turn.node for turn in self._turns if turn.speaker == "agent"}
        return self._asking(place) in told or place in told


def cts_walks(folder: Path, name: str) -> ForeignWalks:
    """A case for each question whose node is an answer of the tree made from train_graph.json.

    The questions of that file stand as examples in the tree, and to ask them would be to ask for
    what was told. So those of test_graph.json are asked; where that file is not there, the last
    question of each node with more than one is asked and taken out of the tree. Raises CasesError
    where a file is not valid or no question is left.
    """
    found = read_cts_questions(folder)
    tree = read_cts(folder / TRAIN).tree
    answers = {node.id for node in tree.nodes if isinstance(node, Advice | Referral)}
    left_out: Counter[str] = Counter()
    asked = found.cases
    if len(found.files) < 2:
        last = {asked_words(node.questions[-1]) for node in found.nodes if len(node.questions) > 1}
        asked = tuple(case for case in asked if asked_words(case.given) in last)
        left_out["question that stays in the tree as an example"] = len(found.cases) - len(asked)
        tree = _without_examples(tree, last)
    known = {asked_words(text) for it in tree.entries for text in (it.title, *it.examples)}
    cases: list[WalkCase] = []
    for question in asked:
        target = tuple(sorted(question.right & answers))
        if not target:
            left_out["question for a node that is no answer of the tree"] += 1
        elif asked_words(question.given) in known:
            left_out["question that stands in the tree too"] += 1
        else:
            cases.append(_asked(question.id, question.given, target, tree, name))
    if not cases:
        raise CasesError(f"no question of {str(folder)!r} can be a case: {dict(left_out)}")
    return ForeignWalks(tree, tuple(cases), left_out, found.files)


def _without_examples(tree: Tree, taken: Set[str]) -> Tree:
    """The tree without the examples of entries that have these words."""
    content = tree.model_dump(by_alias=True)
    for part in (*content["topics"], *(node["entry"] for node in content["nodes"])):
        if part:
            kept = [text for text in part["examples"] if asked_words(text) not in taken]
            part["examples"] = kept
    return Tree.model_validate(content)


def _asked(id_: str, text: str, target: tuple[str, ...], tree: Tree, name: str) -> WalkCase:
    return WalkCase(
        id=id_,
        tree=name,
        first_message=text,
        persona=_ASKER,
        facts={},
        start=target[0],
        answers={},
        says={},
        target=target,
        must_escalate=False,
        summary_gold=(),
        topics_gold=tuple(filter(None, [tree.topic_of.get(target[0])])),
    )
