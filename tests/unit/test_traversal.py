"""The way through the tree, from events alone: steps, roads not taken, what was undone."""

from hypothesis import given
from hypothesis import strategies as st

from records.events import Choice, Event, Moved, Replied
from tests.unit.sample_walk import ENTRIES, TURNS, moved, recorded, said, thought
from ui.experts.conversations.traversal import Traversal, traversal
from ui.path import walked

WAY = traversal(recorded(*TURNS))


def shares(way: Traversal) -> list[float | None]:
    return [step.probability for step in way.steps]


def test_steps_are_numbered_as_they_were_made_and_know_their_place() -> None:
    assert [(s.number, s.turn, s.seq, s.target) for s in WAY.steps] == [
        (1, 1, 3, "dolor-cuando"),
        (2, 2, 2, "dolor-fiebre"),
        (3, 3, 1, "dolor-cuando"),
        (4, 5, 1, "dolor-cuando"),
        (5, 6, 2, "edad"),
        (6, 7, 1, "dolor-agarre"),
        (7, 8, 2, "dolor-dientes"),
    ]
    assert WAY.here == "dolor-dientes"


def test_a_step_back_undoes_those_behind_it_and_no_other() -> None:
    assert [step.undone for step in WAY.steps] == [None, None, "back", *[None] * 4]


def test_what_a_button_settles_is_told_as_it_was_thought_before() -> None:
    assert shares(WAY) == [0.72, 0.3, None, None, 0.9, None, 0.2]
    others = [(one.id, one.probability) for one in WAY.steps[1].others]
    assert others == [("al-agarrar", 0.55), ("no", 0.15)]
    assert [one.id for one in WAY.steps[4].others] == ["no", "siempre"]


def test_logic_nodes_passed_are_told_with_the_condition_that_held() -> None:
    assert WAY.steps[5].via == (("dolor-logica", "else"), ("dolor-logica-dos", "else"))


def test_what_could_be_done_where_she_is_was_thought_last() -> None:
    assert [(one.id, one.probability) for one in WAY.ahead] == [("muerde", 0.6), ("no-muerde", 0.4)]


def test_starting_over_undoes_all_and_leads_out_of_the_tree() -> None:
    over: list[Event] = [said("Empezar"), moved("restart", "dolor-dientes", None)]
    way = traversal(recorded(*TURNS, over))
    assert [step.undone for step in way.steps] == ["restart", "restart", "back", *["restart"] * 4]
    assert way.here is None
    assert way.ahead == ()


def test_a_place_of_the_contents_that_nobody_thought_of_leaves_all_others_not_taken() -> None:
    chosen: list[Event] = [said("Otra cosa"), moved("jump", None, "edad", "edad")]
    way = traversal(recorded(TURNS[0][:3], chosen))
    [step] = way.steps
    assert step.probability is None
    assert step.others == tuple(ENTRIES)


def test_a_danger_is_where_it_ends_until_she_goes_on() -> None:
    alarm = Replied(kind="danger", title="Fiebre", text="Ve.", urgency="emergency")
    notice = Replied(kind="notice", text="Apuntado.")
    way = traversal(recorded([said("39 de fiebre"), alarm], [said("gracias"), notice]))
    assert way.danger == alarm
    assert traversal(recorded([said("39"), alarm], *TURNS)).danger is None


def test_old_records_know_nothing_of_what_was_prepared_and_thought() -> None:
    bare: list[list[Event]] = [[it for it in turn if isinstance(it, Moved)] for turn in TURNS]
    way = traversal(recorded(*bare))
    assert [step.target for step in way.steps] == [step.target for step in WAY.steps]
    assert shares(way) == [None] * 7
    assert way.said == {}


def test_what_she_read_first_at_a_node_is_its_name() -> None:
    assert WAY.said["dolor-cuando"] == "¿Cuándo te duele?"
    assert WAY.said["dolor-agarre"] == "Mejora el agarre"


def test_a_choice_that_was_never_weighed_has_no_roads_beside_it() -> None:
    weighed = thought("a", "the next question", [("x", "X", 0.6), ("y", "Y", 0.4)])
    way = traversal(recorded([said(""), weighed, moved("choose", "a", "b", "z")]))
    assert way.steps[0].considered == ()
    assert traversal([]) == Traversal()
    assert (
        Choice(id="x", label="X", probability=0.6)
        in traversal(recorded([said(""), weighed, moved("choose", "a", "b", "x")]))
        .steps[0]
        .considered
    )


NODES = st.sampled_from("abcd")
MOVES = st.one_of(
    st.builds(lambda to: moved("jump", None, to, to), NODES),
    st.builds(lambda one, to: moved("choose", one, to, "x"), NODES, NODES),
    st.builds(lambda one, to: moved("back", one, to), NODES, st.one_of(st.none(), NODES)),
    st.builds(lambda one: moved("restart", one, None), NODES),
)


@given(st.lists(MOVES, max_size=12))
def test_what_is_not_undone_is_the_way_that_she_is_told(moves: list[Moved]) -> None:
    steps = traversal(recorded([said("x"), *moves])).steps
    told = [(step.node, step.kind, step.move) for step in walked([said("x"), *moves])]
    assert [(s.target, s.kind, s.move) for s in steps if s.undone is None] == told
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
