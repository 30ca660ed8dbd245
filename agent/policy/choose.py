"""What to do next at a position: the policy that turns evidence into move, ask, offer or answer."""

from dataclasses import replace

from agent.policy.begin import at_leaf, begin
from agent.policy.control import by_control
from agent.policy.question import at_question
from agent.policy.situation import Next, Situation
from agent.policy.value import at_input
from agent.state import Context
from agent.understanding.courtesy import feels_bad
from tools.tree import Question
from tools.words import words


def choose_next(situation: Situation, context: Context) -> Next:
    """What to do next; before a question, a word for how hard it is, where she says so."""
    chosen = _choose(situation, context)
    # A button's words are the tree's; what she goes on with was met the first time.
    hers = situation.told and not (situation.resumed or situation.warned)
    if chosen.goto != "ask" or not hers or not feels_bad(situation.journey.message):
        return chosen
    met = context.texts("agent.hard_for_you")
    return replace(chosen, intro=" ".join(filter(None, [met, chosen.intro])))


def _choose(situation: Situation, context: Context) -> Next:
    """Rules first; then the position decides which evidence is asked."""
    certain = by_control(situation, context)
    if certain:
        return certain
    view = situation.view
    if view is None or (situation.left and words(situation.journey.message)):
        return begin(situation, context)
    if view.is_leaf:
        return at_leaf(situation, context)
    if isinstance(view.node, Question):
        return at_question(view.node, situation, context)
    return at_input(view, situation, context)
