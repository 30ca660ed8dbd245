"""A value is asked for, such as an age: what she gives, or how it is asked."""

from agent.policy.control import sorry
from agent.policy.situation import LED, Next, Situation, certain
from agent.replying.replies import help_of
from agent.state import Context
from agent.understanding.courtesy import finds_no_use
from tools.conditions import Value
from tools.errors import IllegalMove
from tools.quantities import read_value, shown
from tools.tree import Variable
from tools.view import View
from tools.walk import SetFact, check_value


def at_input(view: View, situation: Situation, context: Context) -> Next:
    journey = situation.journey
    name = journey.legal(view).variable
    assert name is not None
    assert view.variable is not None
    values = journey.values(context.today())
    if name in values:
        return certain(situation, SetFact(name, values[name]), "known already")
    if not situation.is_answer:
        return Next("ask")
    found = read_value(journey.message, view.variable)
    if found is None:
        if situation.asks_back:
            explained = context.texts("agent.explained")
            return Next("ask", intro=" ".join(filter(None, [explained, help_of(view)])))
        if finds_no_use(journey.message):
            return sorry(situation, context)
        if context.navigator in LED and not situation.consulted:
            return Next("consult")
        unread = context.texts("agent.value_not_understood")
        return Next("ask", intro=" ".join(filter(None, [unread, help_of(view)])))
    try:
        check_value(name, view.variable, found.value)
    except IllegalMove:
        return Next("ask", intro=_out_of_range(found.value, view.variable, context))
    quote = journey.message[found.start : found.end]
    chosen = certain(situation, SetFact(name, found.value), "she gave the value")
    return Next("move", chosen.decided, chosen.move, quote=quote)


def _out_of_range(value: Value | None, variable: Variable, context: Context) -> str:
    return context.texts(
        "agent.value_out_of_range",
        value=shown(value, variable),
        low=shown(variable.min, variable),
        high=shown(variable.max, variable),
    )
