"""From a reply to a result line, by the policy that answers at a question.

No graph is involved: the question need not be in any tree.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from agent.decide import weigh
from agent.evidence.rules import same_words
from agent.evidence.semantic import SemanticEvidence
from agent.models.trust import Trust
from agent.policy.choose import choose_next
from agent.policy.situation import Next, Situation
from agent.settings import Navigator, Settings
from agent.state import Brain, Context
from agent.texts import load_texts
from agent.understanding.understand import understand
from evaluation.cases import CaseFailed, ReplyInput
from evaluation.results import (
    ReplyPrediction,
)
from tools.encoder import Encoder
from tools.journey import Journey
from tools.locate import Locator
from tools.outline import Outline
from tools.tree import Option, Question, Tree
from tools.view import Position, View
from tools.walk import Choose

_HERE = "case"
"""Where the question stands when it is not in a tree."""
_UNUSED: Any = None
"""What the policy does not look at where she answers a question."""


def reply_predictor(
    settings: Settings,
    navigator: Navigator,
    encoder: Encoder | None,
    tree: Tree | None,
    language: str | None = None,
) -> Callable[[ReplyInput], ReplyPrediction]:
    """What is made of a reply: zero-shot, or with `tree`, whose question, help and examples
    then take the place of the case's own. `language` is that of the cases, where it is not the
    assistant's."""
    language = tree.language if tree else language or settings.language
    locator = Locator(tree.entries, language, encoder) if tree else None
    brain = Brain(
        entries=tree.entries if tree else (),
        topics={topic.starts_at: topic.title for topic in tree.topics} if tree else {},
        starts={},
        areas={},
        variables=tree.variables if tree else {},
        outline=Outline(),
        locator=locator or _UNUSED,
        summarizer=None,
        semantic=SemanticEvidence(language, encoder),
    )
    context = Context(
        store=_UNUSED,
        brain=brain,
        guard=_UNUSED,
        catalogue=_UNUSED,
        phones=(),
        texts=load_texts(settings.language),
        navigator=navigator,
        models=(),
        trust_of=lambda _model: Trust(),
        over_budget=lambda: None,
        now=lambda: datetime.now(UTC),
        emit=lambda _event: None,
    )

    def predict(given: ReplyInput) -> ReplyPrediction:
        question = asked(given, tree)
        started = time.perf_counter()
        chosen = choose_next(_answering(question, given, context, tree), context)
        ms = (time.perf_counter() - started) * 1000
        known = weigh(question, given.reply, context.evidence)
        return ReplyPrediction(
            action=_reply_action(chosen),
            choice=[option.id for option in question.options].index(known.best.id),
            probabilities=[known.of(option.id) for option in question.options],
            ms=round(ms, 2),
            model_calls=0,
        )

    return predict


def asked(given: ReplyInput, tree: Tree | None) -> Question:
    """The question as it is put to the policy; its options stand in the order of the case."""
    if tree:
        question = question_in(tree, given)
        if question is None:
            raise CaseFailed(f"{given.node!r} is not this question in the tree")
        return question
    # Not validated: a case may have more options than the tree allows a question.
    return Question.model_construct(
        id=_HERE,
        kind="question",
        text=given.question,
        help=None,
        options=tuple(
            Option(id=str(place), label=label, to=_HERE)
            for place, label in enumerate(given.options)
        ),
    )


def question_in(tree: Tree, given: ReplyInput) -> Question | None:
    """The tree's question that the case is about; None where its options are not the same."""
    node = tree.by_id.get(given.node or "")
    if not isinstance(node, Question) or len(node.options) != len(given.options):
        return None
    ordered = [
        option
        for label in given.options
        for option in node.options
        if same_words(option.label, label)
    ]
    if len({option.id for option in ordered}) != len(node.options):
        return None
    return node.model_copy(update={"options": tuple(ordered)})


def _answering(
    question: Question, given: ReplyInput, context: Context, tree: Tree | None
) -> Situation:
    """She looks at the question, or is about to be asked, and this is what she says."""
    reply = given.reply
    location = None
    if tree and context.navigator != "menu":
        location = context.brain.locator.locate(reply)
    pressed = any(same_words(option.label, reply) for option in question.options)
    here = Position(question.id)
    return Situation(
        journey=Journey(
            tree=_HERE, turn="1", message=reply, position=here, path=(), facts={}, located={}
        ),
        view=View(here, question, tree.topic_of.get(question.id) if tree else None, None),
        words=reply,
        location=location,
        asks_back=not pressed and understand(reply, {}, None, None, context.today()).asks_back,
        offered={},
        agenda=(),
        page=0,
        is_answer=given.is_asked,
        resumed=False,
        scored=(),
        trust=Trust(),
        consulted=None,
        moved=False,
    )


def _reply_action(chosen: Next) -> Any:
    if isinstance(chosen.move, Choose):
        return "choose"
    if chosen.decided and chosen.decided.action == "explain":
        return "explain"
    return "none_of_these" if chosen.offered else "clarify"
