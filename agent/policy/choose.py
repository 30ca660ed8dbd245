"""What to do next at a position: the policy that turns evidence into move, ask, offer or answer."""

from agent.policy.begin import at_leaf, begin
from agent.policy.control import by_control
from agent.policy.question import at_question
from agent.policy.situation import Next, Situation
from agent.policy.value import at_input
from agent.state import Context
from tools.tree import Question
from tools.words import words


def choose_next(situation: Situation, context: Context) -> Next:
    """What to do next. Rules first; then the position decides which evidence is asked."""
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
