"""Sentence vectors: shipped ones are used, others are ignored, and each text is encoded once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tools.encoder import CachedEncoder, Role, UniversalSentenceEncoder, Vectors, ship


class CountingEncoder:
    """Two dimensions: the length of the text, and its role. It keeps what it was given."""

    def __init__(self, name: str = "fake-1") -> None:
        self.name = name
        self.given: list[tuple[str, Role]] = []

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        self.given += [(text, role) for text in texts]
        rows = np.array([[len(text), role == "query"] for text in texts], dtype=np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


TEXTS: list[tuple[str, Role]] = [
    ("me duele", "query"),
    ("me duele", "passage"),
    ("tengo fiebre", "query"),
    ("me duele", "query"),
]


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.npz"
    assert ship(CountingEncoder(), TEXTS, path) == 3
    return path


def test_shipped_vectors_are_used(shipped: Path) -> None:
    inner = CountingEncoder()
    cached = CachedEncoder(inner, shipped)
    vectors = cached.encode(["tengo fiebre", "me duele"], "query")
    assert inner.given == []
    assert cached.encoded == 0
    np.testing.assert_allclose(
        vectors, CountingEncoder().encode(["tengo fiebre", "me duele"], "query"), atol=1e-3
    )
    assert vectors.dtype == np.float32


def test_a_text_has_a_vector_for_each_role(shipped: Path) -> None:
    inner = CountingEncoder()
    CachedEncoder(inner, shipped).encode(["me duele", "tengo fiebre"], "passage")
    assert inner.given == [("tengo fiebre", "passage")]


def test_the_file_of_another_encoder_is_ignored(shipped: Path) -> None:
    inner = CountingEncoder("fake-2")
    cached = CachedEncoder(inner, shipped)
    cached.encode(["me duele"], "query")
    assert inner.given == [("me duele", "query")]
    assert cached.name == "fake-2"


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    inner = CountingEncoder()
    CachedEncoder(inner, tmp_path / "nada.npz").encode(["me duele"], "query")
    CachedEncoder(inner).encode(["me duele"], "query")
    assert len(inner.given) == 2


def test_each_text_is_encoded_once() -> None:
    inner = CountingEncoder()
    cached = CachedEncoder(inner)
    first = cached.encode(["a", "bb", "a"], "query")
    again = cached.encode(["bb", "a", "ccc"], "query")
    assert inner.given == [("a", "query"), ("bb", "query"), ("ccc", "query")]
    assert cached.encoded == 3
    np.testing.assert_array_equal(first[[1, 0]], again[:2])
    np.testing.assert_array_equal(first[0], first[2])


def test_the_same_texts_ship_the_same_file(tmp_path: Path) -> None:
    for name, texts in (("a", TEXTS), ("b", list(reversed(TEXTS)))):
        ship(CountingEncoder(), texts, tmp_path / f"{name}.npz")
    with np.load(tmp_path / "a.npz") as a, np.load(tmp_path / "b.npz") as b:
        for key in ("encoder", "keys", "vectors"):
            np.testing.assert_array_equal(a[key], b[key])


def test_a_vector_does_not_depend_on_its_neighbours() -> None:
    encoder = UniversalSentenceEncoder()
    texts = ["me duele el pecho", "no tengo leche", "llora toda la tarde y no sé por qué"]
    together = encoder.encode(texts, "query")
    alone = np.concatenate([encoder.encode([text], "query") for text in texts])
    np.testing.assert_array_equal(together, alone)


def test_the_offline_encoder_knows_meaning() -> None:
    encoder = UniversalSentenceEncoder()
    vectors = encoder.encode(["me duele el pecho al dar de mamar"], "query")
    others = encoder.encode(["Dolor en el pezón durante la toma.", "Una receta de pan."], "passage")
    assert vectors.shape == (1, 512)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)
    pain, bread = others @ vectors[0]
    assert pain > bread
