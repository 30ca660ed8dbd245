"""What grows: ten thousand entry texts, and a thousand conversations open at once."""

import gc
import random
import resource
import sys
import time
import uuid
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.measurement import Measurement, Progress, Sizes, summarise
from evaluation.speed.bench_house import Bench
from evaluation.speed.mother import Mother
from records.events import KnownFact, Replied
from tools.encoder import Role, Vectors
from tools.locate import Locator
from tools.tree import PlacedEntry, Tree

_DIMENSIONS = 512
_EXAMPLES = 9
"""Examples of each made-up entry; with its description that makes ten texts."""
_MARKER = "baby_age_days"
"""The fact that tells the conversations apart."""


class RandomDirections:
    """An encoder that takes next to no time: a direction of its own for each text."""

    name = "random"

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:  # noqa: ARG002 - one for both
        """The same text has the same direction in every run."""
        return np.stack([_direction(text) for text in texts])


def measure_locator(tree: Tree, sizes: Sizes, seed: int, say: Progress) -> list[Measurement]:
    """Locating a message among many entry texts, without the encoding."""
    say(f"locating among {sizes.entry_texts} entry texts")
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    entries = list(_made_up(tree, sizes.entry_texts, rng))
    mother = Mother(tree, seed)
    messages = [mother.opens() for _ in range(sizes.located)]
    locator = Locator(entries, tree.language, RandomDirections())
    spent = []
    for message in messages:
        started = time.perf_counter()
        locator.locate(message)
        spent.append((time.perf_counter() - started) * 1000)
    return [
        summarise(
            f"locate over {sizes.entry_texts:,} entry texts", "ms", spent,
            "a message, as the graph's node looks for it, without encoding it",
            budget=30.0,
        )
    ]  # fmt: skip


def _direction(text: str) -> NDArray[np.float32]:
    drawn = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(_DIMENSIONS)
    return np.asarray(drawn / np.linalg.norm(drawn), np.float32)


def measure_conversations(bench: Bench, sizes: Sizes, say: Progress) -> list[Measurement]:
    """Open many conversations, each with a fact of its own; then a second turn of each."""
    say(f"opening {sizes.conversations} conversations")
    # Ages in days, so that none is said twice.
    marks = {uuid.uuid4().hex: 10 + number for number in range(sizes.conversations)}
    gc.collect()
    before = resident_bytes()
    started = time.perf_counter()
    first = {
        t: f"tengo un bebé de {days} días y me duele al dar el pecho" for t, days in marks.items()
    }
    _all_at_once(bench, "m1", first)
    replies = _all_at_once(bench, "m2", dict.fromkeys(marks, "no lo sé"))
    spent = time.perf_counter() - started
    gc.collect()
    grown = (resident_bytes() - before) / sizes.conversations / 1024
    crossed = sum(not _has_only(replies[thread], days) for thread, days in marks.items())
    rate = 2 * sizes.conversations / spent
    name = f"{sizes.conversations:,} open conversations"
    return [
        summarise(
            f"{name}: facts mixed up", "conversations", [float(crossed)],
            "each says its own age; the second turn's reply must hold that age and no other",
            budget=0.0,
        ),
        summarise(f"{name}: turns", "turns/s", [rate], "two each, all open at the same time"),
        summarise(
            f"{name}: memory each", "KiB", [grown],
            "growth of the resident size of this process, with the graph when it is embedded",
        ),
    ]  # fmt: skip


def resident_bytes() -> int:
    """Resident size of this process; where the system does not tell, the largest it ever was."""
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text("ascii").split()[1]) * resource.getpagesize()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _all_at_once(bench: Bench, message_id: str, said: dict[str, str]) -> dict[str, Replied]:
    """Send every message before the first reply is read."""
    under_way = {
        thread: bench.assistant.reply(thread, message_id, words) for thread, words in said.items()
    }
    replies: dict[str, Replied] = {}
    for thread, events in under_way.items():
        *_, reply = events
        assert isinstance(reply, Replied)
        replies[thread] = reply
    return replies


def _has_only(reply: Replied, days: int) -> bool:
    return [_told(fact) for fact in reply.facts] == [(_MARKER, float(days), str(days))]


def _told(fact: KnownFact) -> tuple[str, object, str]:
    digits = "".join(character for character in fact.quote if character.isdigit())
    return fact.name, fact.value, digits


def _made_up(tree: Tree, texts: int, rng: random.Random) -> Iterator[PlacedEntry]:
    """Entries whose phrases are halves of the tree's own put together anew."""
    known = [text.split() for entry in tree.entries for text in entry.examples]
    topics = [topic.id for topic in tree.topics]

    def phrase() -> str:
        one, other = rng.choice(known), rng.choice(known)
        return " ".join([*one[: (len(one) + 1) // 2], *other[len(other) // 2 :]])

    for number in range(texts // (_EXAMPLES + 1)):
        yield PlacedEntry(
            node=f"made-up-{number}",
            topic=rng.choice(topics),
            title=phrase(),
            description=phrase(),
            examples=tuple(phrase() for _ in range(_EXAMPLES)),
        )
