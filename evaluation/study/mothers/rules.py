"""A mother by rules, for any system of the study: deterministic, and no model.

She is evaluation/walks/simulated_mother.py, who answers the tree's questions, and more:

- Her first answer to a question is never the label of an option. Where her case has no words of
  hers they are made of the label, which is written as she would say it: its main clause behind an
  opening such as "pues". That is nearer to the label than a mother's own words are.
- Asked in words that are no question of the tree, she answers the question of her case that is most
  like them; what she does not recognise she does not know.
- When she sees that she was misunderstood, she says so once, and then goes back, where there is a
  button for it. She sees it when she is asked, or told, about another topic than hers and her case
  has no answer to it; of two answers of her own topic she cannot tell which is right.
"""

import hashlib
from collections.abc import Mapping

from agent.texts import Texts
from evaluation.cases import WalkCase
from evaluation.study.attempt import Exchange, TokenCount
from evaluation.walks.simulated_mother import SimulatedMother
from tools.similarity import LETTERS, STEMS, Phrase, PhraseIndex
from tools.tree import Input, Question, Tree
from tools.words import fold, folded_words, words

NOT_THAT = "no, no es eso"
_OPENINGS = ("pues {}", "creo que {}", "diría que {}", "a ver, {}")
_AT_MOST = 2
"""Times that she says that she was misunderstood."""
_ALIKE = 0.3
"""Likeness from which she recognises a question: cosine of letters or stems."""


class RuleMother:
    """One mother in one conversation."""

    spent = TokenCount()

    def __init__(
        self, case: WalkCase, tree: Tree, contents: Mapping[str, str], texts: Texts
    ) -> None:
        """As SimulatedMother."""
        self._case = case
        self._tree = tree
        self._texts = texts
        self._plain = SimulatedMother(case, tree, contents, texts)
        self._asked: set[str] = set()
        self._objected = 0
        asked = {name: tree.by_id[name] for name in case.says if name in tree.by_id}
        asked |= {name: tree.by_id[name] for name in case.answers if name in tree.by_id}
        asked |= {
            node.id: node
            for node in tree.nodes
            if isinstance(node, Input) and case.facts.get(node.variable) is not None
        }
        self._hers = {name: n for name, n in asked.items() if isinstance(n, Question | Input)}
        """The questions that she could answer."""

    def answers(self, exchange: Exchange) -> str | None:
        """What she says to it; None when the conversation is over for her."""
        if self._is_misunderstood(exchange):
            return self._objects(exchange)
        if exchange.kind == "question" and exchange.node is None:
            asked = self._recognised(exchange.text)
            if asked is None:
                return self._texts("agent.dont_know")
            kind = "question" if isinstance(asked, Question) else "input"
            exchange = exchange.model_copy(update={"node": asked.id, "kind": kind})
        said = self._plain.answers(exchange)
        first = exchange.node not in self._asked
        if exchange.node is not None:
            self._asked.add(exchange.node)
        node = self._tree.by_id.get(exchange.node or "")
        if said is None or not first or not isinstance(node, Question):
            return said
        return self._in_her_words(said, node)

    # Misunderstood

    def _is_misunderstood(self, exchange: Exchange) -> bool:
        node = exchange.node
        if self._objected >= _AT_MOST or node is None or self._case.must_escalate:
            return False
        topic = self._tree.topic_of.get(node)
        if topic is None or topic in self._plain.topics:
            return False  # shared by topics, or hers
        if exchange.kind == "answer":
            return node not in self._case.target
        asked = exchange.kind == "question" and node not in self._hers
        return asked and self._plain.chosen(exchange) is None

    def _objects(self, exchange: Exchange) -> str:
        self._objected += 1
        back = self._texts("agent.back")
        return back if self._objected > 1 and back in exchange.options else NOT_THAT

    # In words

    def _recognised(self, text: str) -> Question | Input | None:
        """The question of hers that a text is most like, one that she has not answered first."""
        nodes = sorted(self._hers.values(), key=lambda node: (node.id in self._asked, node.id))
        if not nodes or not words(text):
            return None
        groups = [[Phrase(node.text, "passage")] for node in nodes]
        features = PhraseIndex(groups, self._tree.language, None).features(text)
        likeness = features[:, [LETTERS, STEMS]].max(axis=1)
        best = int(likeness.argmax())
        return nodes[best] if likeness[best] >= _ALIKE else None

    def _in_her_words(self, said: str, question: Question) -> str:
        """A label in other words than its own; anything else as it is."""
        labels = [option.label for option in question.options]
        if said not in labels:
            return said
        main = _main_clause(said, [label for label in labels if label != said])
        number = hashlib.sha256(f"{self._case.id} {question.id}".encode()).digest()[0]
        opening = _OPENINGS[number % len(_OPENINGS)]
        return opening.format(main[:1].lower() + main[1:])


def _main_clause(label: str, others: list[str]) -> str:
    """What stands before the first comma, where no other option begins with the same words."""
    clause = label.partition(",")[0].partition(" (")[0].strip().rstrip(".")
    begins = folded_words(clause)
    shared = any(folded_words(other)[: len(begins)] == begins for other in others)
    return label.rstrip(".") if shared or not fold(clause) else clause
