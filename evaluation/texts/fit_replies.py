"""Fits what turns replies into evidence: the reply map, and the weights of the likenesses.

The map is ridge regression from a reply's vector to what sets the meant option's label apart from
the question's other labels. Weights are those of a conditional logit (McFadden 1974), fitted on
features of replies whose question the map had not seen (5 folds by question).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.evidence.rules import Rules
from agent.evidence.scope import asserted
from agent.evidence.semantic import (
    TURNED,
    TURNED_ALL,
    ReplyMap,
    SemanticEvidence,
    turned,
)
from evaluation.cases import ReplyCase
from evaluation.texts.predict_replies import asked
from tools.encoder import Encoder
from tools.tree import Question, Tree

RIDGE = 5.0
RANK = 96
"""Of the map: more does not tell more of the left-out options apart (64: .528, 128: .539)."""
FOLDS = 5
_PENALTY = 0.05
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answered:
    """A reply to a question, and the option that it means."""

    question: Question
    reply: str
    option: int


def answered(tree: Tree, cases: Sequence[ReplyCase]) -> Iterator[Answered]:
    """The tree's own option examples, and the replies of the cases that decide."""
    for node in tree.nodes:
        if isinstance(node, Question):
            for place, option in enumerate(node.options):
                for example in option.examples:
                    yield Answered(_bare(node), example, place)
    for case in cases:
        if isinstance(case.gold, int):
            yield Answered(asked(case.given, None), case.reply, case.gold)


def fitted_map(said: Sequence[Answered], encoder: Encoder) -> ReplyMap:
    """The map from a reply to what sets the meant label apart."""
    replies = encoder.encode([one.reply for one in said], "query").astype(np.float64)
    apart = np.stack([_apart(one.question, encoder)[one.option] for one in said])
    size = replies.shape[1]
    whole = np.linalg.solve(replies.T @ replies + RIDGE * np.eye(size), replies.T @ apart)
    left, strength, right = np.linalg.svd(whole)
    return left[:, :RANK] * strength[:RANK], right[:RANK]


def keep(factors: ReplyMap, name: str, path: Path) -> None:
    """Write the map for the encoder of that name, in half precision."""
    down, up = (factor.astype(np.float16) for factor in factors)
    np.savez_compressed(path, encoder=name, down=down, up=up)


def fitted_weights(
    pairs: Sequence[tuple[Question, ReplyCase]],
    said: Sequence[Answered],
    encoder: Encoder,
    language: str,
    seed: int,
) -> tuple[_Floats, float]:
    """Weights of the likenesses and, last, of the rules; and the share that they get right.

    Each case's map has not seen its question. The share is that of cases left out of the weights.
    """
    semantic, rules = SemanticEvidence(language, encoder), Rules()
    texts = sorted({one.question.text for one in said} | {question.text for question, _ in pairs})
    folds = np.random.default_rng(seed).integers(0, FOLDS, len(texts))
    fold_of = dict(zip(texts, folds, strict=True))
    maps = [
        fitted_map([one for one in said if fold_of[one.question.text] != fold], encoder)
        for fold in range(FOLDS)
    ]
    rows: list[tuple[_Floats, int]] = []
    for question, case in pairs:
        assert isinstance(case.gold, int)
        features = semantic.features(question, case.reply)
        labels = encoder.encode([option.label for option in question.options], "passage")
        part, whole = encoder.encode([asserted(case.reply) or case.reply, case.reply], "query")
        for column, vector in ((TURNED, part), (TURNED_ALL, whole)):
            meanings, reply = labels.astype(np.float64), vector.astype(np.float64)
            features[:, column] = turned(maps[fold_of[question.text]], meanings, reply)
        ruled = rules.weigh(question, case.reply)
        ruling = np.array([[ruled.get(option.id, 0.0)] for option in question.options])
        rows.append((np.hstack([features, ruling]), case.gold))
    right = 0
    for fold in range(FOLDS):
        kept = [row for place, row in enumerate(rows) if place % FOLDS != fold]
        weights = conditional_logit(kept)
        right += sum(int((f @ weights).argmax()) == option for f, option in rows[fold::FOLDS])
    return conditional_logit(rows), right / len(rows)


def conditional_logit(rows: Sequence[tuple[_Floats, int]]) -> _Floats:
    """The weights that make the chosen alternatives likeliest, by Newton's method.

    Each row has features of shape (alternatives, weights) and the place of the chosen one.
    """
    weights = np.zeros(rows[0][0].shape[1])
    for _ in range(30):
        gradient = -2 * _PENALTY * weights
        curvature = -2 * _PENALTY * np.eye(len(weights))
        for features, chosen in rows:
            logits = features @ weights
            shares = np.exp(logits - logits.max())
            shares /= shares.sum()
            mean = shares @ features
            gradient += features[chosen] - mean
            curvature -= features.T @ (features * shares[:, None]) - np.outer(mean, mean)
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _bare(question: Question) -> Question:
    options = tuple(option.model_copy(update={"examples": ()}) for option in question.options)
    return question.model_copy(update={"options": options})


def _apart(question: Question, encoder: Encoder) -> _Floats:
    labels = encoder.encode([option.label for option in question.options], "passage")
    return np.asarray(labels - labels.mean(axis=0), np.float64)
