"""The walk on the small tree: legal moves, where they land, and how they are undone.

The store is a dictionary: `tools.walk` needs nothing of it but `view`.
"""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from tests.trees import write_small
from tools.conditions import Value
from tools.errors import IllegalMove, UnknownTree
from tools.formats.yaml_folder import read_tree
from tools.journey import Fact, Journey
from tools.store import TreeStore
from tools.tree import Input, Logic, Tree
from tools.view import LogicStep, Position, View
from tools.walk import MOVE, Back, Choose, Jump, Legal, Move, Restart, SetFact, Step, legal_moves

TODAY = date(2026, 11, 23)
MENU = {"dolor-cuando": "Dolor", "dolor-dientes": "Me muerde", "consulta": "Quiero que me vean"}


class ShelfStore:
    """Views of one tree from memory, with a count of the looks at it."""

    def __init__(self, tree: Tree) -> None:
        self.looks = 0
        self._tree = tree

    def view(self, version: str, position: Position) -> View:
        self.looks += 1
        tree = self._tree
        node = tree.by_id.get(position.node)
        if version != tree.version or node is None:
            raise UnknownTree(f"no node {position.node!r}")
        assert not isinstance(node, Logic)
        called = {n.variable: n.id for n in tree.nodes if isinstance(n, Input) and not n.to}
        return View(
            position=position,
            node=node,
            topic=tree.topic_of.get(node.id),
            variable=tree.variables[node.variable] if isinstance(node, Input) else None,
            logic={
                n.id: LogicStep(
                    (*((b.when, b.to) for b in n.branches), (None, n.otherwise)), called
                )
                for n in tree.nodes
                if isinstance(n, Logic)
            },
        )


class Walker:
    """A conversation that makes moves, each in a turn of its own unless told otherwise."""

    def __init__(self, tree: Tree, today: date = TODAY) -> None:
        self.shelf = ShelfStore(tree)
        self.store = cast(TreeStore, self.shelf)
        self.today = today
        self.turns = 0
        self.journey = Journey(tree.version, "", "", None, (), {}, MENU)

    def go(self, move: Move, *, same_turn: bool = False) -> Step:
        if not same_turn:
            self.turns += 1
            self.journey = replace(self.journey, turn=f"t{self.turns}")
        view = self.journey.view(self.store)
        self.journey, step, seen = self.journey.go(move, view, self.store, self.today)
        assert seen == self.journey.view(self.store)
        return step

    def learn(self, name: str, value: Value | None) -> None:
        self.turns += 1
        journey = replace(self.journey, turn=f"t{self.turns}")
        self.journey = journey.learn(name, value, "sus palabras", self.today)

    def refuses(self, move: Move, match: str = ".") -> None:
        before = self.journey
        with pytest.raises(IllegalMove, match=match):
            self.go(move, same_turn=True)
        assert self.journey is before

    @property
    def at(self) -> str | None:
        return self.journey.position.node if self.journey.position else None

    @property
    def legal(self) -> Legal:
        return self.journey.legal(self.journey.view(self.store))

    def facts(self) -> dict[str, Value | None]:
        return self.journey.values(self.today)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return read_tree(write_small(tmp_path_factory.mktemp("tree")))


@pytest.fixture
def walker(tree: Tree) -> Walker:
    return Walker(tree)


# Legal moves


def test_before_the_first_entry_only_located_entries_are_legal(walker: Walker) -> None:
    assert walker.legal == Legal(jumps=tuple(MENU))
    walker.refuses(Back(), "go back is not possible here")
    walker.refuses(Restart(), "start over is not possible here")
    walker.refuses(Choose("siempre"))
    walker.refuses(SetFact("temperature", 38.0))
    walker.refuses(Jump("dolor-agarre"), r"possible: jump to 'dolor-cuando'")


def test_at_a_question(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    assert walker.legal == Legal(
        options=("al-agarrar", "siempre", "no"),
        jumps=("dolor-dientes", "consulta"),
        back=True,
        restart=True,
    )
    walker.refuses(Choose("inventada"), r"option 'inventada' is not possible.*option 'siempre'")
    walker.refuses(Choose("Siempre"))
    walker.refuses(Choose(""))
    walker.refuses(SetFact("temperature", 38.0), "a value for 'temperature'")
    walker.refuses(Jump("dolor-cuando"), "jump to 'dolor-cuando'")


def test_at_an_input(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("siempre"))
    assert walker.at == "dolor-fiebre"
    assert walker.legal.options == ()
    assert walker.legal.variable == "temperature"
    walker.refuses(Choose("siempre"))
    walker.refuses(SetFact("baby_age_days", 3.0), "possible: a value for 'temperature'")


def test_at_a_leaf(walker: Walker) -> None:
    walker.go(Jump("consulta"))
    assert walker.legal == Legal(jumps=("dolor-cuando", "dolor-dientes"), back=True, restart=True)


def test_a_jump_is_legal_only_where_it_was_located(walker: Walker) -> None:
    walker.journey = replace(walker.journey, located={"consulta": "Cita"})
    walker.refuses(Jump("dolor-cuando"))
    assert walker.go(Jump("consulta")).label == "Cita"


def test_no_move_takes_more_than_one_look(walker: Walker) -> None:
    view = None
    for move in (Jump("dolor-cuando"), Choose("al-agarrar"), SetFact("baby_age_days", 90.0)):
        walker.shelf.looks = 0
        walker.journey, _, view = walker.journey.go(move, view, walker.store, TODAY)
        assert walker.shelf.looks == 1
    walker.shelf.looks = 0
    walker.journey.go(Restart(), view, walker.store, TODAY)
    assert walker.shelf.looks == 0


@pytest.mark.parametrize("value", [33.9, 43.1, float("nan"), float("inf"), -1e9, 10**400, True])
def test_a_number_out_of_its_range_is_refused(walker: Walker, value: float) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("siempre"))
    walker.refuses(SetFact("temperature", value), "'temperature' lies between 34 and 43 °C, not")


@pytest.mark.parametrize("value", ["38", [38], {"value": 38}, 38j, b"38", object()])
def test_a_value_of_another_type_is_refused(walker: Walker, value: Any) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("siempre"))
    walker.refuses(SetFact("temperature", value))


@pytest.mark.parametrize("value", [0, 1, 0.0, "true", "sí", [True]])
def test_yes_or_no_takes_nothing_else(walker: Walker, value: Any) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    walker.go(SetFact("baby_age_days", 3.0))
    assert walker.at == "prematuro"
    walker.refuses(SetFact("preterm", value), "'preterm' is true or false")


@pytest.mark.parametrize("value", [34, 34.0, 43, None])
def test_the_ends_of_the_range_and_not_knowing_are_values(
    walker: Walker, value: float | None
) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("siempre"))
    walker.go(SetFact("temperature", value))
    assert walker.facts() == {"temperature": value}


@pytest.mark.parametrize("name", [None, 3, ["siempre"], {"id": "siempre"}])
def test_ids_of_another_type_are_refused(walker: Walker, name: Any) -> None:
    walker.go(Jump("dolor-cuando"))
    for move in (Choose(name), Jump(name), SetFact(name, 3.0)):
        walker.refuses(move)


# Landing


def test_logic_misses_a_fact_and_asks_for_it_once(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    step = walker.go(Choose("al-agarrar"))
    assert step.target == Position("edad", resume="dolor-logica")
    assert step.via == ()
    step = walker.go(SetFact("baby_age_days", 200.0))
    assert walker.at == "dolor-dientes"
    assert step.via == ("dolor-logica: else", "dolor-logica-dos: baby_age_days >= 180")
    assert step.facts_used == ("baby_age_days",)
    walker.go(Choose("no-muerde"))
    assert walker.go(Choose("al-agarrar")).target == Position("dolor-dientes")


def test_one_condition_may_miss_two_facts_one_after_the_other(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    walker.go(SetFact("baby_age_days", 5.0))
    assert walker.journey.position == Position("prematuro", resume="dolor-logica")
    step = walker.go(SetFact("preterm", True))
    assert walker.at == "consulta"
    assert step.via == ("dolor-logica: baby_age_days < 14 and preterm",)
    assert step.facts_used == ("baby_age_days", "preterm")


def test_a_fact_that_cannot_change_the_way_is_not_asked(walker: Walker) -> None:
    walker.learn("preterm", False)
    walker.learn("baby_age_days", 20.0)
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    assert walker.at == "dolor-agarre"


def test_not_knowing_takes_the_safe_way_and_is_not_asked_again(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    step = walker.go(SetFact("baby_age_days", None))
    # "age < 14 and preterm" hangs on the other fact still; then every else is taken.
    assert step.target == Position("prematuro", resume="dolor-logica")
    step = walker.go(SetFact("preterm", True))
    assert step.via == ("dolor-logica: else", "dolor-logica-dos: else")
    assert walker.at == "dolor-agarre"


def test_an_input_of_the_way_goes_on_with_its_value(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("siempre"))
    assert walker.go(SetFact("temperature", 38.0)).target == Position("consulta")
    walker.go(Back())
    # The way leads back to an earlier question.
    assert walker.go(SetFact("temperature", 37.9)).target == Position("dolor-cuando")


# Undoing


def test_back_undoes_all_that_one_answer_led_to(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    before = walker.journey
    # One message said three things.
    walker.go(SetFact("baby_age_days", 200.0))
    walker.go(Choose("no-muerde"), same_turn=True)
    walker.go(Choose("siempre"), same_turn=True)
    assert walker.at == "dolor-fiebre"
    step = walker.go(Back())
    assert (step.origin, step.target) == (Position("dolor-fiebre"), before.position)
    assert walker.journey.path == before.path
    assert walker.journey.facts == {}


def test_back_keeps_what_earlier_answers_said(walker: Walker) -> None:
    walker.learn("temperature", 37.0)
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    walker.go(SetFact("baby_age_days", 200.0))
    walker.go(Back())
    assert walker.facts() == {"temperature": 37.0}
    assert walker.journey.position == Position("edad", resume="dolor-logica")


def test_back_to_the_beginning(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    step = walker.go(Back())
    assert step.target is None
    assert walker.journey.position is None
    assert walker.journey.path == ()
    assert not walker.legal.back


def test_starting_over_keeps_the_facts(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("siempre"))
    walker.go(SetFact("temperature", 38.5))
    walker.go(Restart())
    assert walker.journey.position is None
    assert walker.journey.path == ()
    assert walker.facts() == {"temperature": 38.5}
    assert walker.legal == Legal(jumps=tuple(MENU))


def test_a_correction_rewinds_to_the_first_step_that_used_the_fact(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("siempre"))
    walker.go(SetFact("temperature", 37.0))
    walker.learn("baby_age_days", 200.0)
    assert walker.at == "dolor-cuando"  # noting a fact moves nothing
    before = walker.journey
    walker.go(Choose("al-agarrar"))
    walker.go(Choose("muerde"))
    assert walker.at == "dolor-agarre"
    walker.learn("baby_age_days", 20.0)
    assert walker.journey.position == before.position
    assert walker.journey.path == before.path
    assert walker.facts() == {"temperature": 37.0, "baby_age_days": 20.0}


def test_a_correction_of_a_fact_that_was_asked_for(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("siempre"))
    before = walker.journey
    walker.go(SetFact("temperature", 37.0))
    walker.go(Choose("no"))
    journey = walker.journey.forget("temperature")
    assert journey.position == before.position
    assert journey.path == before.path
    assert "temperature" not in journey.facts


def test_a_fact_led_to_the_next_thing_asked(walker: Walker) -> None:
    """Whether he is preterm was only asked because he is nine days old."""
    walker.learn("baby_age_days", 9.0)
    walker.go(Jump("dolor-cuando"))
    before = walker.journey
    walker.go(Choose("al-agarrar"))
    assert walker.at == "prematuro"
    walker.learn("baby_age_days", 90.0)
    assert walker.journey.position == before.position
    walker.go(Choose("al-agarrar"))
    assert walker.at == "dolor-agarre"


def test_saying_the_same_again_changes_nothing(walker: Walker) -> None:
    walker.learn("baby_age_days", 200.0)
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    before = walker.journey
    walker.learn("baby_age_days", 200.0)
    assert walker.journey.facts == before.facts
    assert walker.journey.position == before.position


# Days go by


def test_ages_grow_with_the_calendar(walker: Walker) -> None:
    walker.learn("baby_age_days", 10.0)
    walker.learn("temperature", 37.0)
    walker.today += timedelta(days=5)
    assert walker.facts() == {"baby_age_days": 15.0, "temperature": 37.0}
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    assert walker.at == "dolor-agarre"  # no longer in the first fortnight


def test_an_age_she_does_not_know_stays_unknown(walker: Walker) -> None:
    walker.learn("baby_age_days", None)
    walker.today += timedelta(days=5)
    assert walker.facts() == {"baby_age_days": None}


def test_the_age_that_she_says_is_the_age_today(walker: Walker) -> None:
    walker.learn("baby_age_days", 10.0)
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    before = walker.journey
    walker.today += timedelta(days=1)
    walker.learn("baby_age_days", 11.0)  # what was known already
    assert (walker.journey.position, walker.journey.facts) == (before.position, before.facts)
    walker.learn("baby_age_days", 10.0)  # a correction
    assert walker.facts() == {"baby_age_days": 10.0}
    assert walker.journey.position == Position("dolor-cuando")


def test_an_age_that_is_asked_again_is_the_age_today(tree: Tree) -> None:
    """The input may be reached with an older answer still known."""
    walker = Walker(tree)
    walker.journey = replace(
        walker.journey,
        position=Position("edad", resume="dolor-logica"),
        facts={"baby_age_days": Fact(10.0, "", "t0", (TODAY - timedelta(days=9)).isoformat())},
    )
    walker.go(SetFact("baby_age_days", 10.0))
    assert walker.facts() == {"baby_age_days": 10.0}


# Plain data


def test_a_journey_survives_the_state(walker: Walker) -> None:
    walker.go(Jump("dolor-cuando"))
    walker.go(Choose("al-agarrar"))
    walker.go(SetFact("baby_age_days", 5.0))
    walker.learn("temperature", None)
    plain = json.loads(json.dumps(walker.journey.update()))
    journey = walker.journey
    state = {"tree": journey.tree, "turn": journey.turn, "message": "", **plain}
    assert Journey.of(cast(Any, state)) == journey


@pytest.mark.parametrize(
    "move", [Choose("a"), SetFact("b", 3.5), SetFact("b", None), Jump("c"), Back(), Restart()]
)
def test_moves_are_plain_data(move: Move) -> None:
    assert MOVE.validate_python(json.loads(json.dumps(MOVE.dump_python(move)))) == move


def test_no_moves_at_all() -> None:
    assert str(legal_moves(None, (), {})) == "none"


def test_an_unknown_version_is_an_error_and_moves_nothing(walker: Walker) -> None:
    walker.journey = replace(walker.journey, tree="prueba@otra")
    before = walker.journey
    with pytest.raises(UnknownTree):
        walker.go(Jump("consulta"), same_turn=True)
    assert walker.journey is before
