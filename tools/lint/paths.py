"""Ways through the tree: nodes nobody comes to, ways that never end, and dangers without a way."""

from collections.abc import Iterator

from tools.components import circles
from tools.conditions import parse_condition
from tools.lint.finding import Issue, Subject, quoted, reached, rule
from tools.tree import Input, Urgency

_AS_URGENT: dict[Urgency, tuple[Urgency, ...]] = {
    "emergency": ("emergency",),
    "same_day": ("emergency", "same_day"),
}


@rule(
    "unreachable",
    "error",
    why="nobody ever reads it, and its mistakes are found by nobody",
    mend="link it from a question or a logic node, give it an entry, or remove it",
)
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
            what = "no topic, entry or option leads here"
            yield Issue(subject.at(node.id), node.id, what)


@rule(
    "no-way-out",
    "error",
    why="she answers questions and never gets an answer",
    mend="give one of its ways an answer at the end",
)
def no_way_out(subject: Subject) -> Iterator[Issue]:
    """Nodes that lead only into a circle that nothing leaves."""
    stuck = _stuck(subject)
    in_circles = {node for circle in circles(stuck) for node in circle}
    for node in stuck:
        if node not in in_circles:
            yield Issue(subject.at(node), node, "no advice or referral can be reached from here")


@rule(
    "cycle-without-exit",
    "error",
    why="the conversation goes round and never comes to an answer",
    mend="lead one of these nodes to an advice or a referral",
)
def cycle_without_exit(subject: Subject) -> Iterator[Issue]:
    """Circles that no way leaves."""
    for circle in circles(_stuck(subject)):
        members = sorted(circle, key=subject.index.__getitem__)
        what = f"{quoted(members)} lead only back to themselves"
        yield Issue(subject.at(members[0]), members[0], what)


@rule(
    "draft-reached",
    "error",
    why="mothers would come to a draft, or to nothing once drafts are left out",
    mend="publish that topic, or lead elsewhere until it is",
)
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
            what = (
                f"it starts at {topic.starts_at!r}, of the draft {tree.topic_of[topic.starts_at]!r}"
            )
            yield Issue(("topics", topic_number, "starts_at"), topic.id, what)
    for name in sorted(reached(starts - draft_nodes, public) - draft_nodes):
        for target in dict.fromkeys(links[name]):
            if target in draft_nodes:
                what = f"it leads to {target!r}, of the draft {tree.topic_of[target]!r}"
                yield Issue(subject.at(name), name, what)


@rule(
    "red-flags-not-considered",
    "warning",
    why="nobody has said which dangers a mother with this problem may have",
    mend="list the signs of trees/redflags.yaml under `red_flags`; [] if there is none",
)
def red_flags_not_considered(subject: Subject) -> Iterator[Issue]:
    """Topics without a list of red flags."""
    for number, topic in enumerate(subject.tree.topics):
        if topic.red_flags is None:
            yield Issue(("topics", number), topic.id, "it has no `red_flags`")


@rule(
    "unknown-red-flag",
    "error",
    why="a sign that is not in the catalogue is screened by nobody",
    mend="use the id of a sign of trees/redflags.yaml",
)
def unknown_red_flag(subject: Subject) -> Iterator[Issue]:
    """Signs that the catalogue doesn't have."""
    for number, topic in enumerate(subject.tree.topics):
        for index, sign in enumerate(topic.red_flags or ()):
            if subject.signs is not None and sign not in subject.signs:
                at = ("topics", number, "red_flags", index)
                yield Issue(at, topic.id, f"the catalogue has no sign {sign!r}")


@rule(
    "missing-red-flag-edge",
    "error",
    why="a mother in danger who chose this topic is not told how soon to be seen",
    mend="lead an option from the topic's first questions to an answer as urgent as that",
)
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
                what = f"no answer as urgent as {sign!r} ({level}) can be reached from its start"
                yield Issue(("topics", number, "red_flags", index), topic.id, what)


def _stuck(subject: Subject) -> dict[str, tuple[str, ...]]:
    """Nodes from which no answer can be reached, with where they lead."""
    ending = reached((leaf.id for leaf in subject.leaves), subject.leading_to)
    # An input that logic nodes call goes on where it was called.
    ending |= {n.id for n in subject.tree.nodes if isinstance(n, Input) and not n.to}
    return {name: onward for name, onward in subject.targets.items() if name not in ending}
