"""FAQ search: no questions, the best answer at once.

Whatever else she says is searched for together with what she said before, and she is not shown the
same answer twice: she looks at the next one of the list.
"""

import time

from evaluation.study.attempt import Exchange, FirstReading
from evaluation.study.systems.leaves import Leaves, leaf_text


class Faq:
    """The search over the answers of a tree."""

    def __init__(self, name: str, leaves: Leaves, nothing: str) -> None:
        """`nothing` is what she reads when there is no answer left."""
        self.name = name
        self._leaves = leaves
        self._nothing = nothing

    def begin(self, attempt: str) -> "FaqConversation":  # noqa: ARG002 - it keeps no record
        """A new search."""
        return FaqConversation(self._leaves, self._nothing)

    def read(self, message: str) -> FirstReading:
        """The topic of the best answer."""
        (best,) = self._leaves.search(message, 1)
        topic = self._leaves.topic_of.get(best.id)
        return FirstReading(topics=(topic,) if topic else ())


class FaqConversation:
    """One mother's searches."""

    id = None

    def __init__(self, leaves: Leaves, nothing: str) -> None:
        self._leaves = leaves
        self._nothing = nothing
        self._said: list[str] = []
        self._seen: list[str] = []

    def reply(self, said: str) -> Exchange:
        """Show the best answer that she has not seen."""
        started = time.perf_counter()
        self._said.append(said)
        found = self._leaves.search("\n".join(self._said), 1, without=self._seen)
        ms = round((time.perf_counter() - started) * 1000, 2)
        if not found:
            text = self._nothing
            return Exchange(said=said, kind="notice", node=None, text=text, options=(), ms=ms)
        leaf = found[0]
        self._seen.append(leaf.id)
        return Exchange(
            said=said,
            kind="answer",
            node=leaf.id,
            text=leaf_text(leaf),
            options=(),
            shown=(leaf.id,),
            ms=ms,
        )
