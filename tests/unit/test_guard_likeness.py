"""The guard beside likeness to known dangers: what each may and may not overrule."""

from datetime import date
from pathlib import Path

import pytest

from agent.danger.guard import ALIKE, CLEARLY, DISMISSED, PERHAPS, UNLIKE, Guard, Screening
from agent.danger.likeness import DangerReader, DangerSample
from agent.danger.redflags import read_catalogue
from agent.service import make_encoder, make_guard
from agent.settings import PROJECT, Settings

CATALOGUE = read_catalogue()
TODAY = date(2026, 11, 28)
LONG = " mientras yo preparaba la comida con mi hermana en la cocina de casa"


class Resembling(DangerReader):
    """A reader whose answers are given: what the guard makes of them is what is tested."""

    def __init__(self, danger: float, *signs: str) -> None:
        self.signs = tuple(sign.id for sign in CATALOGUE.signs)
        self._danger = danger
        others = (sign for sign in self.signs if sign not in signs)
        self._likest = [*((sign, 1.0) for sign in signs), *((sign, 0.0) for sign in others)]

    def danger(self, text: str) -> float:
        return self._danger

    def likest_signs(self, text: str) -> list[tuple[str, float]]:
        return self._likest


def screen(text: str, reader: DangerReader, *, answering: bool = False) -> Screening:
    return Guard(CATALOGUE, reader).screen(text, {}, today=TODAY, answering=answering)


def test_a_short_cry_is_never_doubted() -> None:
    assert screen("me quiero matar", Resembling(0.01)).level == "emergency"
    assert screen("no respira", Resembling(0.01)).level == "emergency"


def test_a_thought_of_dying_is_never_doubted() -> None:
    message = "tengo una grieta en el pezon y pienso en matarme" + LONG
    assert screen(message, Resembling(0.01)).level == "emergency"


def test_what_a_pattern_finds_in_a_message_unlike_any_danger_is_asked() -> None:
    message = "tiene los labios azules" + LONG
    assert screen(message, Resembling(UNLIKE)).level == "emergency"
    asked = screen(message, Resembling(UNLIKE - 0.01))
    assert (asked.level, bool(asked.check)) == ("none", True)


def test_measured_dangers_stand_whatever_the_message_resembles() -> None:
    message = "tiene dos meses y el termómetro marca 38,5 de fiebre" + LONG
    assert screen(message, Resembling(0.01)).level == "emergency"


def test_a_doubtful_wording_unlike_any_danger_is_let_go() -> None:
    message = "noto la vista con lucecitas" + LONG
    assert screen(message, Resembling(DISMISSED)).check
    gone = screen(message, Resembling(DISMISSED - 0.01))
    assert (gone.level, gone.check) == ("none", None)


def test_what_resembles_a_danger_is_asked_then_taken_for_one() -> None:
    message = "hay algo dentro de la bombilla que me graba"
    calm = screen(message, Resembling(PERHAPS - 0.01, "mother-psychosis"))
    asked = screen(message, Resembling(PERHAPS, "mother-psychosis"))
    taken = screen(message, Resembling(ALIKE, "mother-psychosis"))
    assert (calm.level, calm.check) == ("none", None)
    assert (asked.level, bool(asked.check), asked.sign) == ("none", True, "mother-psychosis")
    assert (taken.level, taken.sign) == ("emergency", "mother-psychosis")


def test_what_resembles_many_dangers_a_little_is_none() -> None:
    reader = Resembling(0.9)
    reader._likest = [(sign, 1 / len(reader.signs)) for sign in reader.signs]
    found = screen("creo que no come todo lo que yo quisiera", reader)
    assert (found.level, found.check) == ("none", None)


def test_an_answer_that_resembles_a_danger_is_only_asked_about() -> None:
    message = "hay algo dentro de la bombilla que me graba"
    asked = screen(message, Resembling(0.99, "mother-psychosis"), answering=True)
    assert (asked.level, bool(asked.check)) == ("none", True)


def test_a_few_words_take_more_and_are_only_asked_about() -> None:
    calm = screen("vuelvo al trabajo", Resembling(CLEARLY - 0.01))
    asked = screen("se pone raro", Resembling(0.99, "baby-breathing"))
    assert (calm.level, calm.check) == ("none", None)
    assert (asked.level, bool(asked.check)) == ("none", True)


def test_a_sign_that_cannot_be_gives_way_to_the_next() -> None:
    message = "mi hijo de tres años está raro y no lo reconozco"
    found = screen(message, Resembling(0.99, "baby-fever-under-3-months", "baby-breathing"))
    assert found.sign == "baby-breathing"


def test_dangers_in_other_words_than_the_patterns_are_learnt() -> None:
    told = ["se le hunde la barriga al respirar", "hace un ruidito y se le marcan las costillas"]
    calm = ["respira bien y duerme", "hace ruiditos al mamar, es feliz"]
    samples = [DangerSample(text=text, sign="baby-breathing") for text in told]
    samples += [DangerSample(text=text, sign=None) for text in calm]
    reader = DangerReader(samples, ["me duele el pezón"], "es", None)
    assert reader.danger("se le hunde la barriguita") > reader.danger("respira bien")
    assert reader.likest_signs("se le hunde la barriguita") == [("baby-breathing", 1.0)]


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("Treinta y ocho, medido en el culete. Tiene once semanas.", "emergency"),
        ("nació el lunes y el termómetro marca 38,2", "emergency"),
        ("parí hace una semana, la cabeza me estalla y la tensión me da 17 por 11", "emergency"),
        ("tiene cinco días, de 3.200 al nacer a 2.800 hoy", "same_day"),
    ],
)
def test_what_she_measures_is_read_however_she_says_it(message: str, level: str) -> None:
    assert Guard(CATALOGUE).screen(message, {}, today=TODAY).level == level


def test_the_shipped_reader_is_learnt_from_what_stands_beside_it(tmp_path: Path) -> None:
    """Nothing is learnt at the start: the classifiers in trees/ fit the texts beside them."""
    settings = Settings(data_folder=tmp_path, trees_folder=PROJECT / "trees")
    told: list[str] = []
    guard = make_guard(settings, CATALOGUE, "es", make_encoder(settings), told.append)
    assert not told
    for message in (
        "¿cuánto dura la leche en la nevera?",
        "tengo un bebé de 38 días y me duele al dar el pecho",  # no degrees
        "creo que no come",
    ):
        calm = guard.screen(message, {}, today=TODAY)
        assert (calm.level, calm.check) == ("none", None)
