"""Where her words could belong: ranked entry points with probabilities."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trees import MeaningEncoder, random_tree, write_small
from tools.formats.yaml_folder import read_tree
from tools.locate import Locator, phrases_of
from tools.tree import PlacedEntry


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> tuple[PlacedEntry, ...]:
    return read_tree(write_small(tmp_path_factory.mktemp("tree"))).entries


@pytest.fixture(scope="module", params=["with encoder", "without"])
def locator(request: pytest.FixtureRequest, entries: tuple[PlacedEntry, ...]) -> Locator:
    return Locator(entries, "es", MeaningEncoder() if request.param == "with encoder" else None)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("me duele mucho al mamar", "dolor-cuando"),
        ("ME DUELEE AL DAR EL PECHO", "dolor-cuando"),
        ("quiero una cita", "consulta"),
        ("necesito que me vean", "consulta"),
        ("el bebe me muerde", "dolor-dientes"),
    ],
)
def test_her_words_find_the_place(locator: Locator, text: str, node: str) -> None:
    location = locator.locate(text)
    assert location.candidates[0].node == node
    ranked = [candidate.probability for candidate in location.candidates]
    assert ranked == sorted(ranked, reverse=True)


def test_a_candidate_is_an_entry_point(locator: Locator, entries: tuple[PlacedEntry, ...]) -> None:
    found = locator.locate("me muerde").candidates
    assert {(c.node, c.topic, c.title) for c in found} == {
        (e.node, e.topic, e.title) for e in entries
    }


def test_other_matters_fit_nowhere(locator: Locator) -> None:
    location = locator.locate("qwrt zxcv")
    assert location.none_of_these > 0.9


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.integers(1, 12))
def test_probabilities_sum_to_one_or_less(text: str, limit: int) -> None:
    location = _RANDOM.locate(text, limit)
    total = sum(c.probability for c in location.candidates) + location.none_of_these
    assert total <= 1 + 1e-9
    assert len(location.candidates) == min(limit, len(_ENTRIES))
    if limit >= len(_ENTRIES):
        assert total == pytest.approx(1)


def test_the_same_words_find_the_same_places(entries: tuple[PlacedEntry, ...]) -> None:
    text = "me duele y quiero cita"
    first, second = (Locator(entries, "es", MeaningEncoder()).locate(text) for _ in range(2))
    assert first == second


def test_an_entry_is_known_by_its_description_and_examples(
    entries: tuple[PlacedEntry, ...],
) -> None:
    phrases = phrases_of(entries[0])
    assert [(phrase.text, phrase.role) for phrase in phrases] == [
        ("Dolor. Le duele al dar el pecho.", "passage"),
        ("me duele al mamar", "query"),
        ("no aguanto el dolor", "query"),
    ]


_ENTRIES = random_tree(3, nodes=60).entries
_RANDOM = Locator(_ENTRIES, "es", MeaningEncoder())


LOSS = """\
topic:
  id: duelo
  title: Mi bebé ha muerto
  summary: Ha perdido a su bebé y tiene los pechos duros.
  starts_at: duelo-inicio
  only_when_said: [muri, sin-vida]
  examples: [mi bebé murió y tengo los pechos duros, nació sin vida]
nodes:
  - id: duelo-inicio
    kind: advice
    title: Los pechos duros
    urgency: none
    text: Ponte frío.
    sources: [guia]
  - id: duelo-otro
    kind: advice
    title: Parar la leche
    urgency: none
    text: Poco a poco.
    sources: [guia]
    entry: {title: Parar la leche, description: Quiere parar la leche., examples: [secar la leche]}
"""


def test_a_loss_is_never_guessed_without_her_word_for_it(tmp_path: Path) -> None:
    tree = read_tree(write_small(tmp_path, duelo=LOSS))
    locator = Locator(tree.entries, "es", None)

    def chances(text: str) -> dict[str, float]:
        return {found.node: found.probability for found in locator.locate(text).candidates}

    living = chances("tengo los pechos duros, quiero secar la leche, lleva 3 semanas de vida")
    assert living["duelo-inicio"] == living["duelo-otro"] == 0.0
    for loss in ("mi bebé murió y tengo los pechos duros", "nació sin vida"):
        found = chances(loss)
        assert max(found, key=found.__getitem__) == "duelo-inicio"
