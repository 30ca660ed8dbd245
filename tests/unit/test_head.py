"""What is learnt from phrases with labels, kept and found again."""

from pathlib import Path

import numpy as np
import pytest

from tools.head import Head, Heads, keep, key_of, learn
from tools.similarity import Phrase, PhraseIndex

PAIN = ["me duele el pezón", "duele al mamar", "mucho dolor al dar el pecho", "dolor y grietas"]
MILK = ["no tengo leche", "sale poca leche", "se queda con hambre", "mi leche no llena"]
LABELS = [0] * len(PAIN) + [1] * len(MILK)


@pytest.fixture(scope="module")
def index() -> PhraseIndex:
    return PhraseIndex([[Phrase(text, "query")] for text in (*PAIN, *MILK)], "es", None)


@pytest.mark.parametrize(("text", "label"), [("duele mucho", 0), ("tengo poca leche", 1)])
def test_what_was_learnt_tells_new_words_apart(index: PhraseIndex, text: str, label: int) -> None:
    head = learn(index, LABELS, 2)
    assert int(head.log_odds(index.kernel(text)).argmax()) == label


def test_leaving_out_is_as_if_it_had_not_been_there(index: PhraseIndex) -> None:
    """The closed form against a head learnt without the phrase, on the same kernel."""
    gram = index.gram().astype(np.float64)
    targets = np.eye(2)[LABELS]
    targets -= targets.mean(axis=0)
    inverse = np.linalg.inv(gram + 2.0 * np.eye(len(LABELS)))
    closed = targets - (inverse @ targets) / np.diag(inverse)[:, None]
    for out in range(len(LABELS)):
        kept = [i for i in range(len(LABELS)) if i != out]
        part = gram[np.ix_(kept, kept)] + 2.0 * np.eye(len(kept))
        predicted = gram[out, kept] @ np.linalg.solve(part, targets[kept])
        np.testing.assert_allclose(closed[out], predicted, atol=1e-6)


def test_the_gram_is_the_kernel_of_each_phrase(index: PhraseIndex) -> None:
    gram = index.gram()
    for row, text in enumerate((*PAIN, *MILK)):
        np.testing.assert_allclose(gram[row], index.kernel(text), atol=1e-5)


def test_a_head_is_learnt_once(index: PhraseIndex, tmp_path: Path) -> None:
    made: list[Head] = []

    def make() -> Head:
        made.append(learn(index, LABELS, 2))
        return made[-1]

    key = key_of("", [("a", "b")])
    first = Heads(folder=tmp_path).get(key, make)
    again = Heads(folder=tmp_path).get(key, make)
    assert len(made) == 1
    np.testing.assert_allclose(first.weights, again.weights, atol=1e-3)
    assert first.scale == again.scale


def test_a_shipped_head_of_other_phrases_is_not_used(index: PhraseIndex, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped.npz"
    keep(learn(index, LABELS, 2), "another", shipped)
    asked: list[bool] = []

    def make() -> Head:
        asked.append(True)
        return learn(index, LABELS, 2)

    Heads(shipped).get(key_of("", [("a", "b")]), make)
    assert asked == [True]
