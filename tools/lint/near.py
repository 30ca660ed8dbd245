"""Pairs of nearly the same text among very many, without comparing all with all.

Two texts are compared by their groups of three letters (tools.terms.letter_groups): the cosine of
the two sets. A pair above a limit must share one of the first few of its groups, in any common
order; in the order of rarity few texts share one. Method: prefix filtering, Bayardo, Ma, Srikant,
"Scaling up all pairs similarity search", WWW 2007. Exact: no pair is missed.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.lint.plain import plain
from tools.terms import letter_groups

_Ints = NDArray[np.int64]
_ALPHABET = " abcdefghijklmnopqrstuvwxyz0123456789"
_BASE = len(_ALPHABET)
_NUMBER_OF = np.zeros(128, np.int64)
_NUMBER_OF[[ord(letter) for letter in _ALPHABET]] = range(_BASE)
_OTHER = re.compile("[^a-z0-9]+")
_MOST_AT_ONCE = 2_000_000
"""Candidate pairs that are held in memory."""


def readable(text: str) -> str:
    """Its words, folded, with single spaces: equal for texts that differ in nothing that counts."""
    return _OTHER.sub(" ", plain(text)).strip()


def near_pairs(
    texts: Sequence[str], places: Sequence[int], limit: float
) -> Iterator[tuple[int, int, float]]:
    """(one, other, cosine) for pairs with a cosine of at least `limit` in the same place.

    `texts` as `readable` gives them; `places` says for each with which others it may be confused.
    Texts of a single group ("a a") are in no pair.
    """
    if not texts:
        return
    groups, starts = _groups(texts)
    sizes = np.diff(starts)
    sketches = _sketches(groups, starts)
    for ones, others in _candidates(groups, starts, np.asarray(places, np.int64), limit):
        # How many groups one may have that the other lacks.
        spare = sizes[ones] - np.ceil(limit * np.sqrt(sizes[ones] * sizes[others]) - 1e-9)
        for part in sketches:
            spare = spare - np.bitwise_count(part[ones] & ~part[others])
            close = spare >= 0
            ones, others, spare = ones[close], others[close], spare[close]
        for one, other in sorted(set(zip(ones.tolist(), others.tolist(), strict=True))):
            first, second = (set(letter_groups(texts[index], 3, 3)) for index in (one, other))
            cosine = len(first & second) / float(np.sqrt(len(first) * len(second)))
            if cosine >= limit:
                yield one, other, cosine


def _groups(texts: Sequence[str]) -> tuple[_Ints, _Ints]:
    """The different groups of each text, rarest first, one text after the other; their starts."""
    letters = np.frombuffer("".join(f" {text} " for text in texts).encode("ascii"), np.uint8)
    numbers = _NUMBER_OF[letters]
    owners = np.repeat(np.arange(len(texts)), [len(text) + 2 for text in texts])
    # A group whose middle letter is no space lies within a word, and so within a text.
    whole = numbers[1:-1] > 0
    codes = ((numbers[:-2] * _BASE + numbers[1:-1]) * _BASE + numbers[2:])[whole]
    spread = np.bincount(codes, minlength=_BASE**3)
    rank = np.empty(_BASE**3, np.int64)
    rank[np.argsort(spread, kind="stable")] = np.arange(_BASE**3)
    keys = np.sort(owners[1:-1][whole] * _BASE**3 + rank[codes])
    keys = keys[np.append(True, keys[1:] != keys[:-1])]
    starts = np.searchsorted(keys, np.arange(len(texts) + 1) * _BASE**3)
    return keys % _BASE**3, starts


def _sketches(groups: _Ints, starts: _Ints) -> NDArray[np.uint64]:
    """Shape (4, texts): 256 bits for the groups; a bit that another lacks is a group it lacks."""
    sketches = np.zeros((4, len(starts) - 1), np.uint64)
    owners = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    bits = groups * 2654435761 % 2**32 >> 24  # Knuth's multiplicative hash
    np.bitwise_or.at(sketches, (bits >> 6, owners), np.uint64(1) << (bits & 63).astype(np.uint64))
    return sketches


def _candidates(
    groups: _Ints, starts: _Ints, places: _Ints, limit: float
) -> Iterator[tuple[_Ints, _Ints]]:
    """Pairs in one place that share two of the groups that a near pair must share."""
    sizes = np.diff(starts)
    owners = np.repeat(np.arange(len(sizes)), sizes)
    position = np.arange(len(groups)) - starts[owners]
    # The other set has at least limit² as many groups, so they share at least that many.
    leading = position <= sizes[owners] - np.ceil(limit**2 * sizes[owners] - 1e-9) + 1
    owners, groups = owners[leading], groups[leading]
    first_keys = places[owners] * _BASE**3 + groups
    keys, members = np.empty(0, np.int64), np.empty(0, np.int64)
    for distance in range(1, int(np.bincount(owners).max())):
        paired = owners[:-distance] == owners[distance:]
        found = first_keys[:-distance][paired] * _BASE**3 + groups[distance:][paired]
        keys, members = np.append(keys, found), np.append(members, owners[:-distance][paired])
    order = np.argsort(keys, kind="stable")
    keys, members = keys[order], members[order]
    last = np.searchsorted(keys, keys, side="right")
    later = last - np.arange(len(keys)) - 1
    """How many texts come after each in its list."""
    ends = np.cumsum(later)
    first = 0
    while first < len(keys):
        done = int(ends[first - 1]) if first else 0
        until = max(first + 1, int(np.searchsorted(ends, done + _MOST_AT_ONCE, side="right")))
        times = later[first:until]
        ones = np.repeat(np.arange(first, until), times)
        others = ones + 1 + np.arange(len(ones)) - np.repeat(np.cumsum(times) - times, times)
        yield members[ones], members[others]
        first = until
