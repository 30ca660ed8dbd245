"""Topics by the names that cases use: the shared vocabulary, the tree's own ids, foreign ones.

A topic of the tree is known by the shared ids that it `covers`, or by its own where it covers
none. Topics that cover the same one are one topic here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from evaluation.cases import NO_TOPIC, CasesError
from tools.formats.yaml_folder import parse_yaml
from tools.locate import Candidate
from tools.tree import Tree


@dataclass(frozen=True)
class TopicCandidate:
    """A topic by its shared id, with the entry of it that fits best."""

    topic: str
    node: str
    probability: float


class Vocabulary:
    """What the topics of a tree are called."""

    def __init__(self, tree: Tree, foreign: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """`foreign` are other ids, each with the ids here that it stands for."""
        self._shared = {topic.id: topic.covers or (topic.id,) for topic in tree.topics}
        self._foreign = dict(foreign or {})
        self._nodes = {topic.id: topic.starts_at for topic in tree.topics}
        self.shared_ids = tuple(dict.fromkeys(id_ for ids in self._shared.values() for id_ in ids))
        """Every topic once, in the order of the table of contents."""
        own = dict.fromkeys((*self.shared_ids, *self._shared, *NO_TOPIC))
        self.known = (*own, *(id_ for id_ in self._foreign if id_ not in own))
        """Every id that a case may name."""

    def of(self, topic: str) -> tuple[str, ...]:
        """The shared ids of a topic of the tree."""
        return self._shared[topic]

    def accepts(self, labels: Iterable[str]) -> frozenset[str]:
        """The shared ids that are right where any of `labels` is."""
        here = [id_ for label in labels for id_ in self._foreign.get(label, (label,))]
        return frozenset(shared for id_ in here for shared in self._shared.get(id_, (id_,)))

    def shared(self, topics: Iterable[str]) -> list[str]:
        """The shared ids of topics of the tree, each once, in order."""
        return list(dict.fromkeys(id_ for topic in topics for id_ in self.of(topic)))

    def rank(self, candidates: Iterable[Candidate]) -> list[TopicCandidate]:
        """Entries, best first, added up by shared topic; one of several gets an equal share."""
        totals: dict[str, float] = {}
        nodes: dict[str, str] = {}
        for candidate in candidates:
            ids = self.of(candidate.topic)
            for id_ in ids:
                totals[id_] = totals.get(id_, 0.0) + candidate.probability / len(ids)
                nodes.setdefault(id_, candidate.node)
        ranked = sorted(totals.items(), key=lambda item: -item[1])
        return [TopicCandidate(id_, nodes[id_], total) for id_, total in ranked]

    def menu(self) -> list[TopicCandidate]:
        """The table of contents, which knows nothing of her message."""
        starts: dict[str, str] = {}
        for topic, ids in self._shared.items():
            for id_ in ids:
                starts.setdefault(id_, self._nodes[topic])
        return [TopicCandidate(id_, node, 1 / len(starts)) for id_, node in starts.items()]


def read_vocabulary(tree: Tree, topic_map: Path | None) -> Vocabulary:
    """The vocabulary of a tree, with a map's foreign ids.

    Raises CasesError with every problem of the map.
    """
    plain = Vocabulary(tree)
    if topic_map is None:
        return plain
    try:
        content = parse_yaml(topic_map.read_text("utf-8"))
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise CasesError(f"the topic map cannot be read: {error}") from error
    foreign: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for key, value in (content if isinstance(content, dict) else {"": content}).items():
        ids = value if isinstance(value, list) else []
        if not key or not ids:
            problems.append(f"{topic_map.name}: {key}: got {value!r}; valid: a list of ids here")
        problems += [
            f"{topic_map.name}: {key}: got {id_!r}; valid: {', '.join(plain.known)}"
            for id_ in ids
            if id_ not in plain.known
        ]
        foreign[str(key)] = tuple(map(str, ids))
    if problems:
        raise CasesError(f"{str(topic_map)!r} is not valid:", tuple(problems))
    return Vocabulary(tree, foreign)
