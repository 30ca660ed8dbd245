"""Options named by their place."""

import pytest

from agent.evidence.ordinals import named

FOUR = ("Contento", "Llora mucho", "Poco peso", "Sangre")
THREE = FOUR[:3]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("la segunda", 1),
        ("2ª", 1),
        ("2da", 1),
        ("la uno", 0),
        ("la 4", 3),
        ("nro 4", 3),
        ("nº3", 2),
        ("3", 2),
        ("la b", 1),
        ("opción c", 2),
        ("la última (de todas)", 3),
        ("ultima opcion", 3),
        ("la penúltima", 2),
        ("la de arriba", 0),
        ("la de abajo del todo", 3),
        ("la tersera", 2),
        ("la tercera y última", 2),
        ("me quedo con la segunda", 1),
        ("creo que la tercera, por la boda", 2),
        ("la primera no, la segunda", 1),
        ("la primera de las dos", 0),
        ("la segunda también, pobrecito", 1),
        ("the first one", 0),
        ("the last one", 3),
        ("option b", 1),
        ("a segunda", 1),
        ("a terceira", 2),
        ("la segona", 1),
        ("l'última", 3),
    ],
)
def test_a_place_is_read(said: str, place: int) -> None:
    found = named("¿Qué le pasa?", FOUR, said)
    assert found is not None
    assert found.chosen == (place,)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("la del medio", 1),
        ("ni la 1 ni la 2, la otra", 2),
        ("ni la primera ni la última, la otra", 1),
    ],
)
def test_the_one_that_is_left_is_read(said: str, place: int) -> None:
    found = named("¿Qué le pasa?", THREE, said)
    assert found is not None
    assert found.chosen == (place,)


def test_two_named_are_both_chosen() -> None:
    found = named("¿Qué le pasa?", FOUR, "la 3 y la 2, por igual")
    assert found is not None
    assert found.chosen == (2, 1)


@pytest.mark.parametrize(
    "said",
    [
        "dos semanas",
        "una",
        "las dos",
        "3 días",
        "38",
        "38.5",
        "le puse el termómetro y 38,2",
        "la segunda cesárea",
        "tercera en dos meses",
        "si ya le paso a la 2 o sigo con la 1",
        "el de arriba, el del labio",
        "la 7",
        "la 1, la 2 o la 3",
    ],
)
def test_a_quantity_or_a_story_names_no_option(said: str) -> None:
    assert named("¿Qué le pasa?", FOUR, said) is None


@pytest.mark.parametrize(
    ("question", "labels", "said"),
    [
        ("¿Cuántas tomas hace?", ("Pocas", "Bastantes", "Muchas"), "2"),
        ("¿Cuánto?", ("Menos de 6", "De 6 a 8", "Más de 8"), "2"),
        ("¿Cuál tienes?", ("Hepatitis B", "Hepatitis C", "VIH"), "la c"),
        ("¿Cuándo?", ("La primera toma", "La última toma"), "la última"),
        ("¿Qué leche?", ("La de inicio, 1", "La de continuación, 2"), "la 1"),
        ("¿Dónde?", ("Las encías de arriba", "Las de abajo"), "la de abajo"),
    ],
)
def test_what_the_labels_hold_themselves_is_no_place(
    question: str, labels: tuple[str, ...], said: str
) -> None:
    assert named(question, labels, said) is None
