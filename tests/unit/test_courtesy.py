"""What she says to the program: that she wants a person, or that it is no use."""

import pytest

from agent.understanding.courtesy import finds_no_use, thanks, wants_person


@pytest.mark.parametrize(
    "message",
    [
        "quiero hablar con una persona",
        "Quiero hablar con una persona real!!",
        "puedo hablar con alguien?",
        "necesito hablar con una matrona por favor",
        "prefiero que me conteste una persona",
        "me gustaría consultarlo con una asesora",
        "no quiero un robot, quiero hablar con un humano",
        "hablar con una persona",
        "pásame con alguien",
        "una persona de verdad",
        "hay alguien ahí?",
        "hay alguna persona que me conteste",
        "vull parlar amb una persona",
        "quero falar com alguém",
        "can I talk to a real person",
    ],
)
def test_she_wants_a_person(message: str) -> None:
    assert wants_person(message)
    assert not finds_no_use(message)


@pytest.mark.parametrize(
    "message",
    [
        "hablé con una matrona ayer",
        "ya he hablado con una asesora",
        "una persona me dijo que es por el frenillo",
        "me duele al dar el pecho",
        "hay alguien más en casa con gripe",
        "puedo dar el pecho a otra persona",
        "mi bebé quiere estar con alguien",
        "quiero hablar con mi jefe de la hora de lactancia",
        "mi pareja quiere hablar con el pediatra y la matrona",
        "tengo una grieta que me sangra, la matrona me dijo que es normal, y querría hablar con una"
        " persona que sepa de esto porque no puedo más con el dolor",
    ],
)
def test_she_speaks_of_her_matter(message: str) -> None:
    assert not wants_person(message)


@pytest.mark.parametrize(
    "message",
    [
        "no me sirve",
        "Esto no me sirve de nada",
        "no me entiendes",
        "no me has entendido!",
        "no me estás ayudando, no me ayudas",
        "no ayuda",
        "estoy harta de tus preguntas",
        "ya te lo he dicho",
        "vaya mierda",
        "este chat no vale",
    ],
)
def test_she_finds_no_use(message: str) -> None:
    assert finds_no_use(message)
    assert not wants_person(message)


@pytest.mark.parametrize(
    "message",
    [
        "no me sirve el sacaleches",
        "mi marido no me ayuda con las tomas",
        "estoy harta de dar el pecho",
        "ya lo he probado",
        "no entiende el pezón",
        "no me ha servido el frío",
        "la pezonera no me vale",
    ],
)
def test_she_does_not_speak_of_the_program(message: str) -> None:
    assert not finds_no_use(message)


def test_thanks_are_no_more_than_thanks() -> None:
    assert thanks("¡Muchas gracias!")
    assert not thanks("gracias, y otra cosa: me duele")
