"""What a model is asked, and what of its answer holds: whatever it says, only what was offered."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agent.navigators.scored import (
    LONGEST_PATH,
    Choice,
    Scored,
    Task,
    checked,
    choices_at,
    prompt_keys,
    score,
)
from records.events import EVENT, ModelCalled
from tools.graph_tools import check_quote
from tools.outline import Outline, Way
from tools.tree import Option, Question, Variable
from tools.view import Position, View
from tools.walk import check_value

AGE = Variable(type="number", unit="days", min=0, max=1500, label="edad del bebé")
REGAINED = Variable(type="boolean", label="recuperó el peso")
WHEN = [
    Choice("dolor-cuando/al-empezar", "Al empezar", "¿Cuándo te duele?"),
    Choice("dolor-cuando/siempre", "Toda la toma", "¿Cuándo te duele?"),
    Choice("dolor-forma/plano", "Aplastado", "¿Cómo sale el pezón?"),
]
TASK = Task(
    message="Me duele toda la toma, y mi bebé tiene 10 días. ¿Qué hago?",
    position="¿Cuándo te duele?",
    choices=tuple(WHEN),
    variables={"baby_age_days": AGE, "over_birth_weight": REGAINED},
    language="Spanish",
)
GOOD: dict[str, Any] = {
    "clauses": [1],
    "facts": [{"name": "baby_age_days", "value": 10, "quote": "10 días"}],
    "path": ["dolor-cuando/siempre", "dolor-forma/plano"],
}


def said(**changed: Any) -> str:
    return json.dumps({**GOOD, **changed}, ensure_ascii=False)


def fact(**changed: Any) -> str:
    return said(facts=[{**GOOD["facts"][0], **changed}])


# What may be said


def test_the_schema_enumerates_exactly_the_choices() -> None:
    schema = TASK.schema
    jsonschema.Draft202012Validator.check_schema(schema)
    legal = [choice.id for choice in WHEN]
    assert schema["properties"]["path"]["items"]["enum"] == legal
    assert schema["properties"]["clauses"]["items"]["enum"] == [1, 2, 3]
    names = schema["properties"]["facts"]["items"]["properties"]["name"]["enum"]
    assert names == ["baby_age_days", "over_birth_weight"]
    for path in [[], legal[:1], legal[::2]]:
        jsonschema.validate({**GOOD, "path": path}, schema)
    wrongs: list[dict[str, Any]] = [{"path": ["cirugia"]}, {"path": legal * 2}, {"more": 1}]
    for wrong in [*wrongs, {"clauses": [4]}]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**GOOD, **wrong}, schema)


def test_nothing_to_choose_is_not_asked() -> None:
    """An empty enumeration would be an error to llama.cpp."""
    assert list(replace(TASK, choices=()).schema["properties"]) == ["clauses", "facts"]
    assert list(replace(TASK, variables={}).schema["properties"]) == ["clauses", "path"]


def test_everything_in_an_answer_ends() -> None:
    """A small model that is held to a schema may never end a text or a list by itself."""

    def endless(schema: dict[str, Any]) -> bool:
        match schema["type"]:
            case "object":
                return any(endless(part) for part in schema["properties"].values())
            case "array":
                return "maxItems" not in schema or endless(schema["items"])
            case "string":
                return "enum" not in schema and "maxLength" not in schema
        return False

    assert not endless(TASK.schema)


def way(option: str, target: str) -> Way:
    return Way(option=option, label=f"label of {option}", examples=(), target=target)


OUTLINE = Outline(
    ways={
        "q1": (way("a", "q2"), way("b", "age")),
        "age": (way("value", "logic"),),
        "logic": (way("", "q3"), way("", "end")),
        "q2": (way("c", "q4"), way("d", "q1")),
        "q3": (way("e", "q5"),),
        "q4": (way("f", "end"), way("g", "end")),
        "q5": (way("h", "end"),),
    },
    questions={f"q{n}": f"question {n}?" for n in range(1, 6)},
)


def view_at(node: str) -> View:
    options = (Option(id="x", label="X", to="end"), Option(id="y", label="Y", to="end"))
    question = Question(id=node, kind="question", text="Text?", options=options)
    return View(Position(node), question, None, None)


def test_the_choices_are_those_at_hand_and_just_behind() -> None:
    """Behind inputs and conditions too; four questions at most, the nearest first."""
    located = {"q1": "Dolor", "q4": "Fiebre"}
    found = choices_at(view_at("q1"), located, OUTLINE)
    assert [choice.id for choice in found] == [
        "q1/a",
        "q1/b",
        "q2/c",
        "q2/d",
        "q4/f",
        "q4/g",
        "q3/e",
    ]
    assert found[0] == Choice("q1/a", "label of a", "question 1?")
    assert [choice.id for choice in choices_at(view_at("age"), located, OUTLINE)] == [
        "q3/e",
        "q5/h",
    ]
    places = choices_at(None, dict(list(located.items())[::-1]), OUTLINE)
    assert [(choice.id, choice.label) for choice in places] == [("q1", "Dolor"), ("q4", "Fiebre")]


# The prompt


def test_what_never_changes_comes_first() -> None:
    """Servers keep what they computed for a common beginning of two prompts."""
    other = replace(TASK, message="Hola", position="¿Otra?", choices=())
    first, second = TASK.messages, other.messages
    assert [message.type for message in first] == ["system", "human"]
    assert first[0].content == second[0].content
    assert "baby_age_days: edad del bebé (number of days)" in str(first[0].content)
    assert (
        first[0].content
        == replace(TASK, variables=dict(list(TASK.variables.items())[::-1])).messages[0].content
    )
    for varying in (TASK.message[:20], TASK.position, WHEN[0].id):
        assert varying not in first[0].content
    # The position's choices stay the same while she is asked again, her words do not.
    turn = str(first[1].content)
    assert turn.index(TASK.position) < turn.index(WHEN[0].id) < turn.index("Me duele toda la toma")
    again = str(replace(TASK, message="Pues no sé").messages[1].content)
    assert again[: again.index("<message>")] == turn[: turn.index("<message>")]


def test_all_that_may_be_answered_stands_in_the_prompt() -> None:
    turn = str(TASK.messages[1].content)
    assert "1. Me duele toda la toma\n2. y mi bebé tiene 10 días\n3. Qué hago" in turn
    for choice in WHEN:
        assert f"- {choice.id}: {choice.label}" in turn
    assert turn.count("¿Cómo sale el pezón?") == 1


@given(st.text())
def test_any_message_can_be_asked_about(message: str) -> None:
    task = replace(TASK, message=message)
    jsonschema.Draft202012Validator.check_schema(task.schema)
    assert task.messages[0].content == TASK.messages[0].content


# What of an answer holds


def test_a_good_answer_holds() -> None:
    expected = Scored(
        path=("dolor-cuando/siempre", "dolor-forma/plano"),
        facts={"baby_age_days": (10, "10 días")},
        clauses=(1,),
    )
    assert checked(said(), TASK) == expected
    for before, after in (
        ("```json\n", "\n```"),
        ("Here it is: ", "!"),
        ("<think>{?}</think>", ""),
    ):
        assert checked(before + said() + after, TASK) == expected


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (["cirugia"], ()),
        (["dolor-cuando"], ()),
        (["dolor-cuando/siempre", "cirugia", "dolor-forma/plano"], ("dolor-cuando/siempre",)),
        (["dolor-cuando/siempre", "dolor-cuando/al-empezar"], ("dolor-cuando/siempre",)),
        (["dolor-cuando/siempre"] * 2, ("dolor-cuando/siempre",)),
        ([7, None, {}], ()),
        ([[]], ()),
        ("dolor-cuando/siempre", ()),
        ({"dolor-cuando": "siempre"}, ()),
        (None, ()),
    ],
)
def test_a_path_ends_where_it_leaves_what_was_offered(path: Any, kept: tuple[str, ...]) -> None:
    """And the rest of the answer is not lost with it."""
    found = checked(said(path=path), TASK)
    assert found.path == kept
    assert found.facts
    assert found.clauses


@pytest.mark.parametrize(
    "answer",
    [
        fact(quote="10 semanas"),
        fact(quote=""),
        fact(quote="toda la toma"),
        fact(value=11),
        fact(value=99999, quote="10 días"),
        fact(value=-1),
        fact(value=True),
        fact(value="10"),
        fact(value=None),
        fact(value=float("nan")),
        fact(value=float("inf")),
        fact(name="shoe_size"),
        fact(name=["baby_age_days"]),
        fact(name="over_birth_weight", value=True, quote="Me duele"),
        fact(name="over_birth_weight", value=1, quote="10 días"),
        said(facts=["baby_age_days"]),
        said(facts={"name": "baby_age_days"}),
        said(facts=None),
    ],
)
def test_a_fact_that_she_did_not_say_is_dropped(answer: str) -> None:
    found = checked(answer, TASK)
    assert found.facts == {}
    assert found.path == tuple(GOOD["path"])


def test_yes_and_no_must_be_her_words_too() -> None:
    task = replace(TASK, message="Sí, ya lo ha recuperado")
    claim = {"name": "over_birth_weight", "quote": "Sí"}
    assert checked(said(facts=[{**claim, "value": True}]), task).facts
    assert not checked(said(facts=[{**claim, "value": False}]), task).facts


@pytest.mark.parametrize("clauses", [[0], [4], ["1"], [True], [1.0], "1", None])
def test_a_clause_that_is_not_there_is_dropped(clauses: Any) -> None:
    assert checked(said(clauses=clauses), TASK).clauses == ()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no sé",
        "{",
        "}{",
        "[1]",
        '{"path": ["dolor',
        "{" * 10_000,
        '{"a":' * 100_000 + "}",
        "9" * 9999,
    ],
)
def test_what_is_no_answer_says_nothing(content: str) -> None:
    assert checked(content, TASK) == Scored()


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([choice.id for choice in WHEN] + ["10 días", "baby_age_days"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["path", "facts", "clauses", "name", "value", "quote"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.text()
    | _JSON.map(json.dumps)
    | st.fixed_dictionaries({"path": _JSON, "facts": _JSON, "clauses": _JSON}).map(json.dumps)
)
def test_whatever_it_says_only_what_was_offered_holds(content: str) -> None:
    found = checked(content, TASK)
    assert set(found.path) <= {choice.id for choice in WHEN}
    assert len(found.path) <= LONGEST_PATH
    assert set(found.clauses) <= {1, 2, 3}
    for name, (value, quote) in found.facts.items():
        check_value(name, TASK.variables[name], value)
        check_quote(quote, TASK.message)


# The call


class ChatModel(BaseChatModel):
    """Says what its mind says, and keeps how it was asked."""

    model_name: str
    mind: Callable[[dict[str, Any]], str | Exception]
    asked: list[dict[str, Any]]

    @property
    def _llm_type(self) -> str:
        return "stand-in"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.asked.append(kwargs)
        said = self.mind(kwargs)
        if isinstance(said, Exception):
            raise said
        return ChatResult(generations=[ChatGeneration(message=AIMessage(said))])

    @property
    def ways(self) -> Sequence[str]:
        """How it was asked for JSON, each time."""
        return [kwargs.get("response_format", {}).get("type", "text") for kwargs in self.asked]


class HTTPError(Exception):
    """As the clients of paid APIs raise them."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Error code: {status}")
        self.status_code = status


def model_that(name: str, mind: Callable[[dict[str, Any]], str | Exception]) -> ChatModel:
    """What a model understands is remembered by its name: each test has one of its own."""
    return ChatModel(model_name=name, mind=mind, asked=[])


def only(*ways: str, refusal: Exception) -> Callable[[dict[str, Any]], str | Exception]:
    def mind(kwargs: dict[str, Any]) -> str | Exception:
        way = kwargs.get("response_format", {}).get("type", "text")
        return said() if way in ways else refusal

    return mind


def test_one_question_one_call() -> None:
    model = model_that("one", lambda _kwargs: said())
    scored, (called,) = score(model, TASK)
    assert scored == checked(said(), TASK)
    assert len(model.asked) == 1
    wanted = model.asked[0]["response_format"]["json_schema"]
    assert wanted["schema"] == TASK.schema
    assert called.model == "one"
    assert called.prompt == f"{prompt_keys()} json_schema"
    assert [message["role"] for message in called.messages] == ["system", "user"]
    assert called.output == {"role": "assistant", "content": said()}
    assert called.error is None


@pytest.mark.parametrize(
    "refusal",
    [HTTPError(400), HTTPError(422), HTTPError(500), TypeError("no argument"), ValueError("no")],
    ids=repr,
)
@pytest.mark.parametrize("understood", ["json_object", "text"])
def test_what_a_model_understands_is_remembered(understood: str, refusal: Exception) -> None:
    model = model_that(f"{understood} {refusal!r}", only(understood, refusal=refusal))
    probes = {"json_object": ["json_schema", "json_object"]}.get(
        understood, ["json_schema", "json_object", "text"]
    )
    assert score(model, TASK)[0].path
    assert model.ways == probes
    scored, (called,) = score(model, TASK)
    assert scored.path
    assert model.ways == [*probes, understood]
    assert called.prompt.endswith(f" {understood}")


@pytest.mark.parametrize(
    "failure", [HTTPError(401), HTTPError(429), HTTPError(503), TimeoutError("slow")], ids=repr
)
def test_a_model_that_is_down_is_not_asked_in_other_ways(failure: Exception) -> None:
    model = model_that(f"down {failure!r}", lambda _kwargs: failure)
    scored, (called,) = score(model, TASK)
    assert scored == Scored()
    assert model.ways == ["json_schema"]
    assert called.error == f"{type(failure).__name__}: {failure}"
    assert called.output is None
    assert [message["role"] for message in called.messages] == ["system", "user"]


def test_a_server_that_changed_is_probed_anew_at_the_next_turn() -> None:
    """And no sooner: one turn, one call."""
    minds = {"now": only("json_schema", refusal=HTTPError(400))}
    model = model_that("changes", lambda kwargs: minds["now"](kwargs))
    assert score(model, TASK)[0].path
    minds["now"] = only("text", refusal=HTTPError(400))
    assert score(model, TASK)[0] == Scored()
    assert model.ways == ["json_schema"] * 2
    assert score(model, TASK)[0].path
    assert model.ways[2:] == ["json_schema", "json_object", "text"]


def test_old_records_can_be_read() -> None:
    """They do not say how much of the input the server had computed before."""
    old = ModelCalled(
        at=datetime(2026, 11, 1, tzinfo=UTC), model="m", prompt="p", messages=[], output=None, ms=1
    ).model_dump(mode="json")
    del old["cached_tokens"]
    read = EVENT.validate_python(old)
    assert isinstance(read, ModelCalled)
    assert read.cached_tokens is None
