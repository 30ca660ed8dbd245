"""The worth of examples: the same as by looking everything up again without each of them."""

import math
from pathlib import Path

import pytest

from evaluation.texts.example_gain import ExampleGain, entry_gains, option_gains
from tests.trees import SMALL, MeaningEncoder, random_tree, write_small
from tools import locate
from tools.encoder import Encoder
from tools.formats.yaml_folder import read_tree
from tools.similarity import PhraseIndex
from tools.tree import Tree


def gains_of(tree: Tree, encoder: Encoder | None = None) -> dict[str, ExampleGain]:
    return {gain.text: gain for gain in entry_gains(tree, encoder, lambda _done, _all: None)[0]}


def chance(tree: Tree, encoder: Encoder | None, asked: int, without: int | None) -> float:
    """The slow way: the probability of the topic of phrase `asked`, with `without` gone too."""
    groups = [locate.phrases_of(entry) for entry in tree.entries]
    phrases = [(number, phrase) for number, group in enumerate(groups) for phrase in group]
    likeness = PhraseIndex(groups, tree.language, encoder).likeness(phrases[asked][1].text)
    weights: dict[str, float] = {}
    for number, entry in enumerate(tree.entries):
        own = [
            likeness[i]
            for i, (group, _) in enumerate(phrases)
            if group == number and i not in (asked, without)
        ]
        best = [max((row[k] for row in own), default=0.0) for k in range(3)]
        score = math.exp(sum(weight * best[k] for k, weight in locate.WEIGHTS.items()))
        weights[entry.topic] = weights.get(entry.topic, 0.0) + score
    right = tree.entries[phrases[asked][0]].topic
    return weights[right] / sum(weights.values())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gains_are_those_of_looking_up_again_without_the_example(seed: int) -> None:
    tree, encoder = random_tree(seed), MeaningEncoder()
    phrases = [phrase for entry in tree.entries for phrase in locate.phrases_of(entry)]
    asked = [i for i, phrase in enumerate(phrases) if phrase.role == "query"]
    gains = entry_gains(tree, encoder, lambda _done, _all: None)[0]
    assert len(gains) == len(asked) > 3
    for gain, left_out in zip(gains, asked, strict=True):
        assert gain.text == phrases[left_out].text
        assert gain.found_without == pytest.approx(chance(tree, encoder, left_out, None), abs=1e-5)
        slow = sum(
            math.log(chance(tree, encoder, i, None)) - math.log(chance(tree, encoder, i, left_out))
            for i in asked
            if i != left_out
        )
        assert gain.gain == pytest.approx(slow, abs=1e-3)


FEEDING = """\
topic:
  id: sueno
  title: Sueño
  summary: Se despierta mucho por la noche.
  starts_at: sueno-noche
  examples: [se despierta cada hora, no duerme nada por la noche, me duele mucho al mamar]
nodes:
  - {id: sueno-noche, kind: advice, title: Noches, urgency: none, text: Pasa., sources: [guia]}
"""


def test_an_example_in_the_wrong_place_misleads_and_names_whom(tmp_path: Path) -> None:
    folder = write_small(tmp_path, sueno=FEEDING)
    gain = gains_of(read_tree(folder))["me duele mucho al mamar"]
    assert gain.gain < -0.1
    assert gain.misleads == "me duele al mamar"
    assert not gain.first_without


def test_a_double_is_useless_and_named(tmp_path: Path) -> None:
    double = "examples: [me duele al mamar, me duele al mamarr, no aguanto el dolor]"
    dolor = SMALL["dolor.yaml"].replace(
        "examples: [me duele al mamar, no aguanto el dolor]", double
    )
    gains = gains_of(read_tree(write_small(tmp_path, dolor=dolor, sueno=FEEDING)))
    assert gains["me duele al mamarr"].twin == "me duele al mamar"
    assert gains["se despierta cada hora"].twin is None


def test_places_say_how_many_of_their_examples_the_others_find(tmp_path: Path) -> None:
    tree = read_tree(write_small(tmp_path, sueno=FEEDING))
    _, places = entry_gains(tree, None, lambda _done, _all: None)
    assert {place.place: place.examples for place in places} == {"dolor": 3, "sueno": 3}
    gains, options = option_gains(tree, None, lambda _done, _all: None)
    assert [gain.place for gain in gains if gain.text == "al engancharse"] == [
        "dolor-cuando/al-agarrar"
    ]
    assert {option.place: option.examples for option in options}["dolor-cuando/siempre"] == 0
