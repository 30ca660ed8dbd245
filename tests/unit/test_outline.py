"""How many questions lie ahead: what she may be told of it must hold."""

from tools.outline import Asked, Outline, Way


def way(target: str) -> Way:
    return Way(option="", label="", examples=(), target=target)


OUTLINE = Outline(
    ways={
        "first": (way("second"), way("leaf")),
        "second": (way("by-age"), way("first"), way("leaf")),
        "by-age": (way("leaf"), way("third")),
        "third": (way("leaf"),),
        "fever": (way("by-age"),),
    },
    questions={"first": "¿Uno?", "second": "¿Dos?", "third": "¿Tres?"},
    needs={"by-age": frozenset({"age"}), "fever": frozenset({"age"})},
)


def test_the_last_question_has_nothing_but_answers_behind_it() -> None:
    assert OUTLINE.asked_from("third", ()) == Asked(usually=1.0, at_most=1)
    assert OUTLINE.asked_from("leaf", ()) == Asked(usually=0, at_most=0)


def test_a_value_that_is_not_known_is_asked_for_and_only_once() -> None:
    assert OUTLINE.asked_from("by-age", ()) == Asked(usually=1.5, at_most=2)
    assert OUTLINE.asked_from("by-age", ("age",)) == Asked(usually=0.5, at_most=1)
    assert OUTLINE.asked_from("fever", ()) == Asked(usually=1.5, at_most=2)


def test_a_way_that_comes_back_ends_there() -> None:
    # Its three ways: a value and perhaps a question (1.5), the first question and an answer (1), 0.
    assert OUTLINE.asked_from("second", ()) == Asked(usually=1 + (1.5 + 1.0 + 0.0) / 3, at_most=3)
