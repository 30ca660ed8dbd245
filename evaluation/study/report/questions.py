"""Which questions resolve problems, and which only cost time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.study.measure.judged import Asked, Came, Judged


@dataclass(frozen=True)
class QuestionUse:
    """What came of a question of the tree, in all conversations in which it was asked."""

    node: str
    asked: int
    conversations: int
    succeeded: int
    """Of these conversations, those that ended right."""
    came: Mapping[Came, int]
    necessary: int
    """Times that it was on the ideal walk, or one that an expert would ask, and new."""
    known: int
    """Times of which that is known."""
    resolved: tuple[tuple[str, int], ...]
    """Answers that were right after it was rightly asked, and how often; the commonest first."""

    @property
    def wasted(self) -> int:
        """Times that it was asked without need."""
        return self.known - self.necessary

    @property
    def solved(self) -> int:
        """Conversations that ended right after it was rightly asked."""
        return sum(times for _, times in self.resolved)


def question_uses(talks: Sequence[Judged]) -> list[QuestionUse]:
    """Every question that was asked, by how often it was."""
    found: dict[str, list[tuple[Judged, Asked]]] = {}
    for talk in talks:
        for asked in talk.asked:
            if asked.place in talk.tree.by_id:
                found.setdefault(asked.place, []).append((talk, asked))
    uses = [_use(node, asked) for node, asked in found.items()]
    return sorted(uses, key=lambda use: (-use.asked, use.node))


def _use(node: str, times: Sequence[tuple[Judged, Asked]]) -> QuestionUse:
    talks = {id(talk): talk for talk, _ in times}.values()
    resolved = Counter(
        talk.attempt.final_node
        for talk, asked in times
        if asked.necessary and talk.right and talk.attempt.final_node
    )
    return QuestionUse(
        node=node,
        asked=len(times),
        conversations=len(talks),
        succeeded=sum(talk.right for talk in talks),
        came=Counter(asked.came for _, asked in times),
        necessary=sum(bool(asked.necessary) for _, asked in times),
        known=sum(asked.necessary is not None for _, asked in times),
        resolved=tuple((leaf, n) for leaf, n in resolved.most_common() if leaf),
    )


def most_useful(uses: Sequence[QuestionUse], most: int) -> list[QuestionUse]:
    """Those that the most conversations ended right after."""
    solving = [use for use in uses if use.solved]
    return sorted(solving, key=lambda use: (-use.solved, use.wasted, use.node))[:most]


def most_wasteful(uses: Sequence[QuestionUse], most: int) -> list[QuestionUse]:
    """Those that were asked without need most often."""
    wasting = [use for use in uses if use.wasted]
    return sorted(wasting, key=lambda use: (-use.wasted, use.solved, use.node))[:most]
