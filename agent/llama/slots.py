"""Which tokens the KV cache of a llama.cpp context holds, and what to reuse of it.

The cache has a fixed number of cells, so its memory is bounded from the start. A slot is one
sequence in it: the tokens of one prompt and its answer. Slots that begin with the same tokens share
the cells of these, so that the fixed part of a prompt is computed and kept once for all
conversations. What was used longest ago goes first. No llama.cpp here: only the bookkeeping.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Reuse:
    """Where a prompt goes, and what of it is there already."""

    slot: int
    """The slot that it takes."""
    source: int
    """The slot that holds its beginning; the same, or one to copy from."""
    length: int
    """How many tokens of the prompt need not be computed."""


class Slots:
    """The slots of one cache."""

    def __init__(self, count: int) -> None:
        self._tokens: list[list[int]] = [[] for _ in range(count)]
        self._used: list[int] = list(range(count))
        """Slots, the one that was used longest ago in front."""

    def __getitem__(self, slot: int) -> list[int]:
        """The tokens that a slot holds."""
        return self._tokens[slot]

    def place(self, prompt: Sequence[int]) -> Reuse:
        """Where a prompt should go. At least its last token is left to compute: for its logits."""
        lengths = [shared(tokens, prompt[:-1]) for tokens in self._tokens]
        # Of equals, the one used last: its conversation is the likeliest to go on.
        source = max(reversed(self._used), key=lambda slot: lengths[slot])
        length = lengths[source]
        goes_on = length == len(self._tokens[source])
        # A copy shares its cells and costs nothing; the other conversation keeps what it has.
        return Reuse(source if goes_on else self._used[0], source, length)

    def take(self, reuse: Reuse, prompt: Sequence[int]) -> None:
        """Note that a slot holds the reused part of a prompt now, and nothing else."""
        self._tokens[reuse.slot] = list(prompt[: reuse.length])
        self._used.remove(reuse.slot)
        self._used.append(reuse.slot)

    def add(self, slot: int, tokens: Sequence[int]) -> None:
        """Note that tokens were computed behind those of a slot."""
        self._tokens[slot].extend(tokens)

    def forget(self, slot: int) -> None:
        """Note that a slot is empty."""
        self._tokens[slot] = []

    def oldest_but(self, slot: int) -> int | None:
        """The slot to give up when there is no room; None when all others are empty."""
        return next((one for one in self._used if one != slot and self._tokens[one]), None)


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences have in common from their beginning."""
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))
