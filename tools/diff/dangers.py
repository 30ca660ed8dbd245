"""Changes that could send a mother to a less urgent answer, or that void a signature."""

from collections.abc import Iterator, Mapping

from tools.diff.model import Danger, gravity, title_of, urgency_of
from tools.diff.paths import Ways, compared
from tools.tree import Advice, Option, Question, Referral, Tree
from tools.ways import Way, in_words


def dangers_of(before: Tree, after: Tree, old: Ways, new: Ways) -> Iterator[Danger]:
    """Every one, by answer, by red flag and by way."""
    yield from _answers(before, after)
    yield from _red_flags(before, after)
    yield from _confirmations(before, after)
    yield from _unreachable(before, after, old, new)
    yield from _less_urgent(before, after, old, new)


def _answers(before: Tree, after: Tree) -> Iterator[Danger]:
    for node in before.nodes:
        if not isinstance(node, Advice | Referral):
            continue
        now = after.by_id.get(node.id)
        topic = before.topic_of.get(node.id)
        if not isinstance(now, Advice | Referral):
            if gravity(node):
                yield Danger("urgent_answer_gone", topic, node.title, node.urgency, "")
            continue
        if gravity(now) < gravity(node):
            yield Danger("less_urgent_answer", topic, node.title, node.urgency, now.urgency)
        if node.is_reviewed and not now.is_reviewed:
            signed = f"{node.reviewed_by}, {node.reviewed_on}"
            yield Danger("signature_void", topic, node.title, signed, "")


def _red_flags(before: Tree, after: Tree) -> Iterator[Danger]:
    flags = {topic.id: set(topic.red_flags or ()) for topic in after.topics}
    for topic_before in before.topics:
        for sign in topic_before.red_flags or ():
            if topic_before.id in flags and sign not in flags[topic_before.id]:
                yield Danger("red_flag_dropped", topic_before.id, sign, sign, "")


def _confirmations(before: Tree, after: Tree) -> Iterator[Danger]:
    """Options that were never guessed and may be now."""
    now = {(node.id, option.id): option for node, option in _options(after)}
    for node, option in _options(before):
        kept = now.get((node.id, option.id))
        if option.confirm and kept and not kept.confirm:
            topic = before.topic_of.get(node.id)
            yield Danger("confirmation_dropped", topic, option.label, "", "")


def _options(tree: Tree) -> Iterator[tuple[Question, Option]]:
    for node in tree.nodes:
        if isinstance(node, Question):
            yield from ((node, option) for option in node.options)


def _unreachable(before: Tree, after: Tree, old: Ways, new: Ways) -> Iterator[Danger]:
    """Urgent answers that are still there and that no way of their topic leads to now."""
    for topic, past, now in compared(old, new):
        for end in sorted(set(past.values()) - set(now.values())):
            node = before.by_id[end]
            if gravity(node) and end in after.by_id:
                level = urgency_of(node)
                yield Danger("urgent_answer_unreachable", topic, title_of(node), level, "")


def _less_urgent(before: Tree, after: Tree, old: Ways, new: Ways) -> Iterator[Danger]:
    """Ways that led to a graver end: the same way, one that went on, or one that goes on now."""
    for topic, past, now in compared(old, new):
        by_beginning = _by_beginning(past)
        for way, end in sorted(now.items()):
            beginnings = [way[:length] for length in range(len(way)) if way[:length] in past]
            ends = {past[beginning] for beginning in beginnings} | by_beginning.get(way, set())
            gravest = max((before.by_id[old_end] for old_end in ends), key=gravity, default=None)
            if gravest and gravity(gravest) > gravity(after.by_id[end]):
                titles = title_of(gravest), title_of(after.by_id[end])
                about = " › ".join(in_words(after, way))
                yield Danger("less_urgent_path", topic, about, *titles)


def _by_beginning(ways: Mapping[Way, str]) -> dict[Way, set[str]]:
    """The ends of all ways that begin alike."""
    found: dict[Way, set[str]] = {}
    for way, end in ways.items():
        for length in range(len(way) + 1):
            found.setdefault(way[:length], set()).add(end)
    return found
