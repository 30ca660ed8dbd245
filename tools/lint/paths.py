"""Ways through the tree: nodes nobody comes to, ways that never end, and dangers without a way."""

from collections.abc import Iterator

from tools.components import circles, reached
from tools.conditions import parse_condition
from tools.lint.finding import Issue, Subject, rule
from tools.tree import Input, Urgency

_AS_URGENT: dict[Urgency, tuple[Urgency, ...]] = {
    "emergency": ("emergency",),
    "same_day": ("emergency", "same_day"),
}
MOST_NAMED = 5
"""Nodes of a circle that a finding names; the others are counted."""


@rule("unreachable", "error")
def unreachable(subject: Subject) -> Iterator[Issue]:
    """Nodes that no conversation can come to."""
    tree = subject.tree
    called = {n.variable: n.id for n in tree.nodes if isinstance(n, Input) and not n.to}
    ways = dict(subject.targets)
    for logic in subject.logic:
        names = (name for b in logic.branches for name in parse_condition(b.when).variables)
        ways[logic.id] += tuple(called[name] for name in names)
    starts = {topic.starts_at for topic in tree.topics}
    starts |= {node.id for node in tree.nodes if node.entry}
    found = reached(starts, ways)
    for node in tree.nodes:
        if node.id not in found:
            yield Issue(subject.at(node.id), node.id, "what", {"node": node.id})


@rule("no-way-out", "error")
def no_way_out(subject: Subject) -> Iterator[Issue]:
    """Nodes that lead only into a circle that nothing leaves."""
    stuck = _stuck(subject)
    in_circles = {node for circle in circles(stuck) for node in circle}
    for node in stuck:
        if node not in in_circles:
            yield Issue(subject.at(node), node, "what", {"node": node})


@rule("cycle-without-exit", "error")
def cycle_without_exit(subject: Subject) -> Iterator[Issue]:
    """Circles that no way leaves."""
    for circle in circles(_stuck(subject)):
        members = sorted(circle, key=subject.index.__getitem__)
        values = {"nodes": ", ".join(members[:MOST_NAMED])}
        key = "what" if len(members) > 1 else "what_itself"
        if len(members) > MOST_NAMED:
            key = "what_many"
            values["more"] = str(len(members) - MOST_NAMED)
        yield Issue(subject.at(members[0]), members[0], key, values)


@rule("draft-reached", "error")
def draft_reached(subject: Subject) -> Iterator[Issue]:
    """Links from what mothers see into a draft."""
    tree = subject.tree
    drafts = {topic.id for topic in tree.topics if topic.status == "draft"}
    if not drafts:
        return
    draft_nodes = {node for node, topic in tree.topic_of.items() if topic in drafts}
    starts = {topic.starts_at for topic in tree.topics if topic.id not in drafts}
    starts |= {node.id for node in tree.nodes if node.entry}
    links = {n.id: (*subject.targets[n.id], *n.see_also) for n in tree.nodes}
    public = {name: targets for name, targets in links.items() if name not in draft_nodes}
    for topic_number, topic in enumerate(tree.topics):
        if topic.id not in drafts and topic.starts_at in draft_nodes:
            values = {"node": topic.starts_at, "draft": tree.topic_of[topic.starts_at]}
            yield Issue(("topics", topic_number, "starts_at"), topic.id, "what_start", values)
    for name in sorted(reached(starts - draft_nodes, public) - draft_nodes):
        for target in dict.fromkeys(links[name]):
            if target in draft_nodes:
                values = {"node": target, "draft": tree.topic_of[target]}
                yield Issue(subject.at(name), name, "what", values)


@rule("red-flags-not-considered", "warning")
def red_flags_not_considered(subject: Subject) -> Iterator[Issue]:
    """Topics without a list of red flags."""
    for number, topic in enumerate(subject.tree.topics):
        if topic.red_flags is None:
            yield Issue(("topics", number), topic.id, "what", {"title": topic.title})


@rule("unknown-red-flag", "error")
def unknown_red_flag(subject: Subject) -> Iterator[Issue]:
    """Signs that the catalogue doesn't have."""
    for number, topic in enumerate(subject.tree.topics):
        for index, sign in enumerate(topic.red_flags or ()):
            if subject.signs is not None and sign not in subject.signs:
                at = ("topics", number, "red_flags", index)
                yield Issue(at, topic.id, "what", {"sign": sign})


@rule("missing-red-flag-edge", "error")
def missing_red_flag_edge(subject: Subject) -> Iterator[Issue]:
    """Topics with a danger and no way to an answer that is as urgent."""
    if subject.signs is None:
        return
    leading = {
        level: reached(
            (leaf.id for leaf in subject.leaves if leaf.urgency in enough), subject.leading_to
        )
        for level, enough in _AS_URGENT.items()
    }
    for number, topic in enumerate(subject.tree.topics):
        for index, sign in enumerate(topic.red_flags or ()):
            level = subject.signs.get(sign, "none")
            if level in leading and topic.starts_at not in leading[level]:
                values = {"title": topic.title, "sign": sign, "urgency": level}
                yield Issue(("topics", number, "red_flags", index), topic.id, "what", values)


def _stuck(subject: Subject) -> dict[str, tuple[str, ...]]:
    """Nodes from which no answer can be reached, with where they lead."""
    ending = reached((leaf.id for leaf in subject.leaves), subject.leading_to)
    # An input that logic nodes call goes on where it was called.
    ending |= {n.id for n in subject.tree.nodes if isinstance(n, Input) and not n.to}
    return {name: onward for name, onward in subject.targets.items() if name not in ending}
