"""The tables in which experts edit a tree: sheets, their columns, and the Spanish words in them.

A heading or a word that is written here is a promise: files that people keep are read by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

KINDS: Mapping[str, str] = {
    "question": "pregunta",
    "input": "dato",
    "logic": "lógica",
    "advice": "consejo",
    "referral": "derivación",
}
URGENCIES: Mapping[str, str] = {"emergency": "urgencias", "same_day": "hoy", "none": "sin prisa"}
STATES: Mapping[str, str] = {"draft": "borrador", "published": "publicado"}
READINGS: Mapping[str, str] = {"page": "entera", "excerpt": "en parte", "unread": "no leída"}
TYPES: Mapping[str, str] = {"number": "número", "boolean": "sí o no"}

OWNERS: Mapping[str, str] = {
    "topic": "tema",
    "entry": "entrada",
    "option": "opción",
    "near_miss": "parece, pero es de otro tema",
    "said": "la variable se dice así",
    "denied": "la variable se niega así",
}
"""What a row of `ejemplos` is an example of, with the word for it."""

NOTHING = "(ninguna)"
"""A list that somebody decided to leave empty; an empty cell: nobody has decided."""
YES, NO = "sí", "no"
"""In a column that holds yes or no; an empty cell says no."""
OTHERWISE = "en otro caso"
"""In place of a condition: where a logic node leads when no condition holds."""


@dataclass(frozen=True)
class Column:
    """A column of a sheet."""

    key: str
    """Key of the value in the tree's own format; `entry.title` is a key under a key."""
    heading: str
    holds: Literal["text", "number", "ids", "ids or nothing", "yes or no"] = "text"
    words: Mapping[str, str] | None = None
    """Spanish words by value, where the value is one of a few."""
    required: bool = False
    """Whether a sheet without this column cannot be read."""
    may_be_none: bool = False
    """Whether an empty cell is a value of its own: it has none."""


def _needed(key: str, heading: str, words: Mapping[str, str] | None = None) -> Column:
    return Column(key, heading, words=words, required=True)


SHEETS: Mapping[str, tuple[Column, ...]] = {
    "general": (
        _needed("id", "id"),
        _needed("title", "título"),
        _needed("language", "idioma"),
        _needed("licence", "licencia"),
    ),
    "apartados": (
        _needed("id", "id"),
        _needed("title", "título"),
    ),
    "temas": (
        _needed("id", "id"),
        _needed("title", "título"),
        _needed("summary", "resumen"),
        _needed("starts_at", "empieza en"),
        Column("area", "apartado"),
        Column("covers", "cubre", "ids"),
        Column("red_flags", "señales de alarma", "ids or nothing"),
        Column("status", "estado", words=STATES),
        Column("only_when_said", "solo si lo dice", "ids"),
    ),
    "nodos": (
        _needed("id", "id"),
        Column("topic", "tema"),
        _needed("kind", "tipo", KINDS),
        Column("title", "título"),
        Column("urgency", "urgencia", words=URGENCIES),
        Column("service", "quién la ve"),
        _needed("text", "texto"),
        Column("help", "aclaración"),
        Column("variable", "variable"),
        Column("normal", "qué es normal"),
        Column("seek_help", "cuándo pedir ayuda"),
        Column("sources", "fuentes", "ids"),
        Column("see_also", "ver también", "ids"),
        Column("entry.title", "entrada: título"),
        Column("entry.description", "entrada: descripción"),
        Column("reviewed_on", "revisado el"),
        Column("reviewed_by", "revisado por"),
        Column("reviewed_text", "huella de lo revisado"),
    ),
    "opciones": (
        _needed("node", "nodo"),
        _needed("id", "opción"),
        _needed("label", "etiqueta"),
        Column("when", "condición"),
        _needed("to", "va a"),
        Column("confirm", "solo si lo confirma", "yes or no"),
    ),
    "ejemplos": (
        _needed("owner", "de qué", OWNERS),
        _needed("id", "id"),
        Column("option", "opción"),
        _needed("text", "texto"),
        Column("belongs_to", "es del tema"),
    ),
    "fuentes": (
        _needed("id", "id"),
        _needed("title", "título"),
        _needed("organisation", "organización"),
        Column("year", "año", required=True, may_be_none=True),
        _needed("url", "dirección"),
        _needed("checked_on", "consultada el"),
        _needed("verification", "leída", READINGS),
        Column("language", "idioma"),
    ),
    "variables": (
        _needed("id", "id"),
        _needed("label", "nombre"),
        _needed("type", "tipo", TYPES),
        Column("unit", "unidad"),
        Column("min", "mínimo", "number"),
        Column("max", "máximo", "number"),
    ),
}
"""Columns by sheet, in the order in which they are written. Each sheet is one CSV file."""
NEEDED_SHEETS = frozenset({"general", "temas", "nodos", "opciones"})
