"""Answers that cite: what a model's JSON says."""

import json
from typing import Any

import pytest

from evaluation.study.systems.cited import Cited, read_cited, schema_of

IDS = ("hoja-uno", "hoja-dos")


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        (
            {"kind": "answer", "cites": ["hoja-dos", "otra", "hoja-dos"], "text": " Así. "},
            Cited("answer", "Así.", ("hoja-dos",)),
        ),
        ({"kind": "question", "cites": [], "text": "¿Y?"}, Cited("question", "¿Y?")),
        ({"kind": "answer", "cites": "hoja-uno", "text": "Así."}, Cited("answer", "Así.")),
        ({"kind": "danger", "text": "Corre."}, Cited("danger", "Corre.")),
    ],
)
def test_ids_that_it_was_not_given_are_left_out(answer: dict[str, Any], read: Cited) -> None:
    assert read_cited(f"<think>…</think> {json.dumps(answer)}", IDS) == read


@pytest.mark.parametrize("said", ["Así.", '{"kind": "poem", "text": "Así."}', '{"text": 3}', ""])
def test_what_has_no_such_form_is_what_she_reads(said: str) -> None:
    assert read_cited(said, IDS) == Cited("answer", said)


def test_the_schema_names_the_ids_and_no_empty_list_of_them() -> None:
    cites = schema_of(IDS)["properties"]["cites"]
    assert cites["items"] == {"type": "string", "enum": list(IDS)}
    assert "enum" not in schema_of([])["properties"]["cites"]["items"]
