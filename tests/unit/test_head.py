"""What is learnt from phrases with labels, kept and found again."""

import random
from pathlib import Path

import numpy as np
import pytest

from tests.trees import MeaningEncoder
from tools.apart import apart
from tools.head import Classifier, key_of, learn, learn_fitted, one_hot
from tools.learnt import Shelf
from tools.similarity import Phrase, PhraseIndex

PAIN = ["me duele el pezón", "duele al mamar", "mucho dolor al dar el pecho", "dolor y grietas"]
MILK = ["no tengo leche", "sale poca leche", "se queda con hambre", "mi leche no llena"]
LABELS = [0] * len(PAIN) + [1] * len(MILK)


@pytest.fixture(scope="module")
def index() -> PhraseIndex:
    return PhraseIndex([[Phrase(text, "query")] for text in (*PAIN, *MILK)], "es", None)


@pytest.mark.parametrize(("text", "label"), [("duele mucho", 0), ("tengo poca leche", 1)])
def test_what_was_learnt_tells_new_words_apart(index: PhraseIndex, text: str, label: int) -> None:
    head = learn(index, one_hot(LABELS, 2))
    assert int(Classifier.of(index, head).log_odds(text).argmax()) == label


def test_many_phrases_that_are_alike_are_solved_exactly() -> None:
    """More than are inverted at once, with one big eigenvalue: the kernel of real messages."""
    words = (
        "me",
        "duele",
        "mucho",
        "el",
        "pezón",
        "cuando",
        "mama",
        "hoy",
        "ayer",
        "leche",
        "poca",
    )
    dice = random.Random(1)
    texts = [" ".join(dice.choices(words, k=6)) for _ in range(1300)]
    index = PhraseIndex([[Phrase(text, "query")] for text in texts], "es", None)
    labels = [int("leche" in text) for text in texts]
    targets = one_hot(labels, 2)
    exact = index.gram().astype(np.float64)
    exact[np.diag_indices(len(texts))] += 2.0
    expected = apart(np.linalg.solve, exact, targets - targets.mean(axis=0))
    np.testing.assert_allclose(learn(index, targets).weights, expected, atol=1e-5)


def test_leaving_out_is_as_if_it_had_not_been_there(index: PhraseIndex) -> None:
    """The closed form against a head learnt without the phrase, on the same kernel."""
    gram = index.gram().astype(np.float64)
    targets = np.eye(2)[LABELS]
    targets -= targets.mean(axis=0)
    inverse = apart(np.linalg.inv, gram + 2.0 * np.eye(len(LABELS)))
    closed = targets - (inverse @ targets) / np.diag(inverse)[:, None]
    for out in range(len(LABELS)):
        kept = [i for i in range(len(LABELS)) if i != out]
        part = gram[np.ix_(kept, kept)] + 2.0 * np.eye(len(kept))
        predicted = gram[out, kept] @ apart(np.linalg.solve, part, targets[kept])
        np.testing.assert_allclose(closed[out], predicted, atol=1e-6)


def test_the_gram_is_the_kernel_of_each_phrase(index: PhraseIndex) -> None:
    gram = index.gram()
    for row, text in enumerate((*PAIN, *MILK)):
        np.testing.assert_allclose(gram[row], index.kernel(text), atol=1e-5)


def test_a_classifier_gives_what_the_kernel_gives(index: PhraseIndex) -> None:
    head = learn(index, one_hot(LABELS, 2))
    classifier = Classifier.of(index, head)
    for text in ("duele mucho", "no tengo", "", "¿?", *PAIN):
        expected = index.kernel(text) @ head.weights + head.base
        np.testing.assert_allclose(classifier.scores(text), expected, atol=1e-5)


def test_fitted_views_are_those_of_the_classifier(index: PhraseIndex) -> None:
    """Whatever views are chosen, a text is weighed by the same as the phrases were."""
    head = learn_fitted(index, one_hot(LABELS, 2))
    fitted = Classifier.of(index, head)
    assert head.right >= learn(index, one_hot(LABELS, 2)).right
    for text in ("duele mucho", "no tengo", *MILK):
        kernel = index.likeness(text) @ np.array(head.views)
        expected = kernel @ head.weights + head.base
        np.testing.assert_allclose(fitted.scores(text), expected, atol=1e-5)


def test_the_views_add_up_to_the_gram() -> None:
    texts = [*PAIN, *MILK]
    index = PhraseIndex([[Phrase(text, "query")] for text in texts], "es", MeaningEncoder())
    np.testing.assert_allclose(index.grams().sum(axis=0), index.gram(), atol=1e-6)


READ = Classifier.reader("es", None)


def classifier(index: PhraseIndex) -> Classifier:
    return Classifier.of(index, learn(index, one_hot(LABELS, 2)))


def test_a_classifier_is_learnt_once(index: PhraseIndex, tmp_path: Path) -> None:
    made: list[Classifier] = []

    def make() -> Classifier:
        made.append(classifier(index))
        return made[-1]

    key = key_of("", [("a", "b")])
    told: list[str] = []
    first = Shelf(folder=tmp_path, say=told.append).get(key, READ, make, "it")
    again = Shelf(folder=tmp_path).get(key, READ, make, "it")
    assert len(made) == 1
    assert told == ["learning it, once: up to a minute"]
    for text in ("me duele", "poca leche", "hola", "poca lechr"):
        np.testing.assert_allclose(first.log_odds(text), again.log_odds(text), rtol=0.02, atol=0.02)


def test_a_shipped_one_of_other_phrases_is_not_used(index: PhraseIndex, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped.npz"
    classifier(index).keep("another", shipped)
    asked: list[bool] = []

    def make() -> Classifier:
        asked.append(True)
        return classifier(index)

    Shelf([shipped]).get(key_of("", [("a", "b")]), READ, make, "it")
    assert asked == [True]
