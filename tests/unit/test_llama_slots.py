"""What the prompt cache reuses is what the prompt begins with, and never more."""

from hypothesis import given
from hypothesis import strategies as st

from agent.llama.slots import Slots, shared

PROMPTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=8), max_size=20)
FIXED = list(range(100))
"""The part of a prompt that all conversations have."""


def read(slots: Slots, prompt: list[int]) -> tuple[int, int]:
    """What the engine does with a prompt: its slot, and what was there."""
    reuse = slots.place(prompt)
    slots.take(reuse, prompt)
    slots.add(reuse.slot, prompt[reuse.length :])
    return reuse.slot, reuse.length


@given(PROMPTS)
def test_a_prompt_stands_in_its_slot_and_reuses_the_most_that_any_slot_has(
    prompts: list[list[int]],
) -> None:
    slots = Slots(3)
    for prompt in prompts:
        held = [list(slots[slot]) for slot in range(3)]
        reuse = slots.place(prompt)
        assert reuse.length == max(shared(tokens, prompt[:-1]) for tokens in held)
        assert held[reuse.source][: reuse.length] == prompt[: reuse.length]
        slot, _ = read(slots, prompt)
        assert slots[slot] == prompt
        others = [tokens for at, tokens in enumerate(held) if at != slot]
        assert [slots[at] for at in range(3) if at != slot] == others


def test_the_next_turn_of_a_conversation_goes_on_in_its_slot() -> None:
    slots = Slots(2)
    slot, _ = read(slots, [*FIXED, 1, 2])
    slots.add(slot, [3])
    assert read(slots, [*FIXED, 1, 2, 3, 4]) == (slot, 103)


def test_another_conversation_shares_the_fixed_part_and_leaves_the_first_one_whole() -> None:
    slots = Slots(2)
    first, _ = read(slots, [*FIXED, 1, 2])
    second, reused = read(slots, [*FIXED, 7, 8])
    assert (second != first, reused) == (True, 100)
    assert read(slots, [*FIXED, 1, 2, 3]) == (first, 102)


def test_the_slot_used_longest_ago_is_given_up() -> None:
    slots = Slots(2)
    old, _ = read(slots, [1, 1])
    new, _ = read(slots, [2, 2])
    assert slots.oldest_but(new) == old
    third, _ = read(slots, [3, 3])
    assert third == old
    slots.forget(third)
    assert slots.oldest_but(new) is None


def test_the_last_token_is_always_computed() -> None:
    slots = Slots(1)
    read(slots, [1, 2, 3])
    assert read(slots, [1, 2, 3]) == (0, 2)
