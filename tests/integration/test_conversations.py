"""Conversations without a model on the shipped tree, as mothers have them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.assistant import Assistant
from agent.service import Service, open_service
from agent.settings import load_settings
from records.events import (
    Decided,
    Failed,
    GraphQueried,
    MessageReceived,
    ModelCalled,
    Moved,
    Replied,
    Screened,
    Understood,
)
from tests.integration.conftest import (
    SHIPPED,
    TEXTS,
    Conversation,
    GraphServer,
    OpenHouse,
    Turn,
    assert_is_the_trees,
    question_of,
)
from tools.formats.yaml_folder import read_tree
from tools.tree import Tree

BACK, RESTART = TEXTS("agent.back"), TEXTS("agent.restart")
MORE, GO_ON = TEXTS("agent.more_topics"), TEXTS("agent.go_on")
CRACK = "Una grieta o costra, a veces con sangre"


@pytest.fixture(scope="module")
def semantic(graph_server: GraphServer, tmp_path_factory: pytest.TempPathFactory) -> Service:
    return _house("semantic", graph_server, tmp_path_factory)


@pytest.fixture
def mother(semantic: Service) -> Conversation:
    return Conversation(semantic.assistant)


# Three misspelt words, then at most two taps


@dataclass(frozen=True)
class Need:
    """What a mother writes, what she would press, and the answer that she needs."""

    message: str
    presses: tuple[str, ...]
    """Buttons that are true of her."""
    answer: str
    values: tuple[tuple[str, str], ...] = ()
    """What she says when a value is asked for, by the input's node."""


NEEDS = [
    Need(
        "pezon agrietdo sangra",
        ("Grietas o heridas en el pezón", CRACK),
        "grietas-primeras-semanas",
        (("edad-bebe", "10 dias"),),
    ),
    Need(
        "dolr al mamar",
        (
            "Me duele al dar el pecho",
            "Durante casi toda la toma",
            "Aplastado, en punta o con una raya",
        ),
        "dolor-agarre",
    ),
    Need(
        "pechos mui inchados",
        (
            "Pechos duros y llenos (subida de la leche)",
            "Me ha subido la leche y no tengo fiebre",
            "Sí, se agarra y traga",
        ),
        "ingurgitacion-subida",
    ),
    Need(
        "vulto duro pecho",
        (
            "Bulto o zona dura que duele",
            "Duele, y yo me encuentro bien",
            "Uno o dos días como mucho",
        ),
        "obstruccion-primeros-dias",
    ),
    Need(
        "fievre teta roja",
        (
            GO_ON,
            "Mastitis (zona roja, fiebre, malestar)",
            "Pecho inflamado, con fiebre o malestar",
        ),
        "mastitis-fiebre",
        (("temperatura-madre", "38,5"),),
    ),
    Need(
        "tengo poka lexe",
        ("Creo que no tengo leche", "Pide a todas horas o se queda con hambre"),
        "poca-leche-suficiente",
        (("panales-mojados-dia", "6 o 7"),),
    ),
    Need(
        "no gana pezo",
        ("Mi bebé engorda poco", "Engorda poco o se ha estancado"),
        "peso-desde-4-meses",
        (("edad-bebe", "5 meses"),),
    ),
    Need(
        "vebe muy dormilom",
        ("Recién nacido muy dormilón", "Aún no lo despierto, no sé si debo"),
        "dormilon-despertar",
        (("peso-nacimiento-recuperado", "No"),),
    ),
    Need(
        "piel amariya vebe",
        ("Bebé amarillo (ictericia)", "Ya lo vieron, dudo con luces o pecho"),
        "ictericia-tratamiento",
    ),
    Need(
        "guardar leche nevra",
        (
            "Cuánto dura en la nevera",
            "Guardar leche y cuánto dura",
            "En la nevera (heladera, refri)",
        ),
        "conservacion-nevera",
        (("bebe-prematuro", "No"),),
    ),
    Need(
        "sacalexe no saca",
        ("Sacarme leche", "Me sale muy poca leche", "Sí, mama varias veces al día"),
        "extraccion-poca-si-mama",
    ),
    Need(
        "buelvo al travajo",
        (
            "Volver al trabajo y seguir con el pecho",
            "Sacarme leche en el trabajo",
            "Sí, tengo rato y sitio",
        ),
        "trabajo-sacarse",
    ),
]


def reach(mother: Conversation, need: Need, most: int) -> int:
    """Press what is true of her until an answer comes; returns how many presses it took."""
    turn = mother.say(need.message)
    for taps in range(most + 1):
        reply = turn.replied
        if reply.kind == "answer":
            assert reply.node == need.answer
            return taps
        values = dict(need.values)
        if reply.node in values:
            turn = mother.say(values[reply.node])
            continue
        fitting = [press for press in need.presses if press in reply.options]
        turn = mother.press(fitting[0] if fitting else MORE)
    raise AssertionError(f"no answer after {most} taps, but {turn.replied.node}")


def _house(
    navigator: str, server: GraphServer, folders: pytest.TempPathFactory
) -> Service:
    raise NotImplementedError
