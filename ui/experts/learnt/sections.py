"""The sections of what is learnt, as HTML: first what stands out, then each figure. Pure."""

from collections.abc import Callable, Sequence
from datetime import date
from html import escape

from evaluation.learnt.figures import FEW, Outcome, QuestionFigures, alone
from evaluation.learnt.picture import Picture
from evaluation.statistics import share_of
from records.learnt.sums import Begun, OfTopic
from ui.experts.learnt import charts
from ui.experts.learnt.charts import Part
from ui.experts.learnt.tables import Table
from ui.experts.learnt.words import Words, folded, table_html
from ui.experts.markup import named
from ui.hers.document import paragraph

OUTCOMES: tuple[Outcome, ...] = ("straight", "doubted", "left", "abandoned", "waiting")
PARTS = ("suggestions", "topics", "questions", "answers", "matrix", "alone")
"""The sections, in order; their names are anchors."""
_SHOWN = 12
"""Lines of a chart."""
_ROWS = 200
"""Rows of a table; all of them are in the file."""
_TOPICS_NAMED = 2
"""Under a question, those in which it is put most often."""
_MATRIX = (15, 6)
"""Questions and topics of the matrix."""


def tiles(picture: Picture, words: Words) -> str:
    """The four numbers that are read first."""
    total = picture.conversations
    sums = {
        name: sum(getattr(line, name) for line in picture.begun)
        for name in ("alone", "escalated", "asked_person")
    }
    shown = [(words.number(total), "", words("tile.conversations"))]
    for name, count in sums.items():
        value, _, ends = words.share(share_of(count, total)).partition("(")
        shown.append((value, f"({ends}" if ends else "", words(f"tile.{name}")))
    items = (
        f"<li><b>{escape(value)}</b><small>{escape(ends)}</small><span>{escape(label)}</span></li>"
        for value, ends, label in shown
    )
    return f'<ul class="tiles">{"".join(items)}</ul>'


def contents(words: Words) -> str:
    """Links to the sections."""
    links = "".join(f'<a href="#{name}">{escape(words(f"part.{name}"))}</a>' for name in PARTS)
    return f'<nav class="parts" aria-label="{escape(words("parts"))}">{links}</nav>'


def section(name: str, words: Words, *parts: str) -> str:
    """A section under its heading."""
    heading = escape(words(f"part.{name}"))
    return f'<section id="{name}"><h2>{heading}</h2>{"".join(parts)}</section>'


def topics(picture: Picture, table: Table, words: Words) -> str:
    """What mothers bring, over time."""
    if not picture.topics:
        return section("topics", words, paragraph(words("nothing")))
    sizes = {topic: _sum(lines, "conversations") for topic, lines in picture.topics.items()}
    first = [
        words("topic_and_count", topic=picture.plan.topic(topic), count=words.number(count))
        for topic, count in list(sizes.items())[:3]
    ]
    sees = paragraph(words("sees.topics", topics="; ".join(first)))
    most = max(line.conversations for lines in picture.topics.values() for line in lines)
    lines = "".join(
        _topic(picture, topic, its, most, words)
        for topic, its in list(picture.topics.items())[:_SHOWN]
    )
    ends = (_day(picture.periods[0]), _day(picture.periods[-1]))
    along = words("along", first=ends[0], last=ends[1], step=words(f"step.{picture.look.step}"))
    legend = _legend(("all", "marked"), "bar", words)
    drawn = f"<figure>{legend}<ul>{lines}</ul>{paragraph(along, 'quiet')}</figure>"
    return section("topics", words, sees, drawn, _as_table(table, words))


def _topic(picture: Picture, topic: str, lines: Sequence[OfTopic], most: int, words: Words) -> str:
    by_day = {line.since: (line.conversations, line.escalated) for line in lines}
    values = [by_day.get(day, (0, 0)) for day in picture.periods]
    total, grave = _sum(lines, "conversations"), _sum(lines, "escalated")
    note = words("escalated_of", share=words.share(share_of(grave, total)))
    drawing = charts.columns(values, most)
    return charts.line_of(picture.plan.topic(topic), drawing, words.number(total), note)


def questions(picture: Picture, table: Table, options: Table, words: Words) -> str:
    """What comes of each question."""
    asked = [one for one in picture.questions if one.asked]
    if not asked:
        return section("questions", words, paragraph(words("nothing")))
    total = sum(one.asked for one in asked)
    straight = share_of(sum(one.outcomes["straight"] for one in asked), total)
    sees = [words("sees.questions", count=words.number(total), share=words.share(straight))]
    if worst := _most_confusing(asked):
        share = words.share(worst.confused)
        sees.append(words("sees.confusing", question=worst.text, share=share))
    lines = "".join(
        charts.line_of(
            one.text,
            charts.stacked([Part(name, one.outcomes[name]) for name in OUTCOMES], one.asked),
            words("asked_times", count=words.number(one.asked)),
            words("resolved_of", share=words.share(one.resolved)),
            ", ".join(picture.plan.topic(topic) for topic in one.topics[:_TOPICS_NAMED]),
        )
        for one in asked[:_SHOWN]
    )
    drawn = f"<figure>{_legend(OUTCOMES, 'outcome', words)}<ul>{lines}</ul></figure>"
    return section(
        "questions",
        words,
        paragraph(" ".join(sees)),
        drawn,
        paragraph(words("gain"), "quiet"),
        _as_table(table, words),
        folded(words("see_options"), table_html(options, words, _ROWS)),
    )


def _most_confusing(asked: Sequence[QuestionFigures]) -> QuestionFigures | None:
    """By the lower end of its interval, so that few cases do not come first."""
    enough = [one for one in asked if one.asked >= FEW and one.doubted]
    return max(enough, key=lambda one: one.confused.low if one.confused else 0.0, default=None)


def answers(picture: Picture, table: Table, words: Words) -> str:
    """What comes of each answer."""
    read = [one for one in picture.answers if one.reached]
    if not read:
        return section("answers", words, paragraph(words("nothing")))
    helped, not_helped = _sum(read, "helped"), _sum(read, "not_helped")
    sees = words(
        "sees.answers",
        count=words.number(_sum(read, "reached")),
        rated=words.number(helped + not_helped),
        share=words.share(share_of(helped, helped + not_helped)),
        never=words.number(len(picture.answers) - len(read)),
    )
    rated = sorted((one for one in read if one.liked), key=lambda one: -one.helped - one.not_helped)
    lines = "".join(
        charts.line_of(
            one.title,
            charts.interval(one.liked),
            words.share(one.liked),
            words("rated_of", rated=one.helped + one.not_helped, reached=one.reached),
        )
        for one in rated[:_SHOWN]
        if one.liked
    )
    drawn = f"<figure>{paragraph(words('liked'), 'quiet')}<ul>{lines}</ul></figure>"
    return section(
        "answers", words, paragraph(sees), drawn if rated else "", _as_table(table, words)
    )


def matrix(picture: Picture, table: Table, words: Words) -> str:
    """Which questions resolve which problems."""
    most_questions, most_topics = _MATRIX
    rows = [one for one in picture.questions if one.asked][:most_questions]
    shown = {one.node for one in rows}
    there = [t for t in picture.topics if any((node, t) in picture.resolving for node in shown)]
    columns = there[:most_topics]
    if not columns:
        return section("matrix", words, paragraph(words("nothing")))
    head = "".join(f'<th scope="col">{escape(picture.plan.topic(t))}</th>' for t in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(one.text)}</th>'
        f"{''.join(_heat(picture, one.node, topic, words) for topic in columns)}</tr>"
        for one in rows
        if any((one.node, topic) in picture.resolving for topic in columns)
    )
    label = escape(words("part.matrix"))
    drawn = (
        f'<figure><div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>'
        f'<thead><tr><th scope="col">{escape(words("column.question"))}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></figure>"
    )
    return section("matrix", words, paragraph(words("sees.matrix")), drawn, _as_table(table, words))


def _heat(picture: Picture, node: str, topic: str, words: Words) -> str:
    share = picture.resolving.get((node, topic))
    if share is None:
        return '<td class="heat">–</td>'
    part = f"{0.05 + 0.4 * share.value:.2f}"
    few = " *" if share.count < FEW else ""
    told = words("of_count", share=words.percent(share.value), count=words.number(share.count))
    return f'<td class="heat" style="--part:{part}">{escape(told)}{few}</td>'


def by_themselves(picture: Picture, table: Table, words: Words) -> str:
    """Whether conversations without a person are viable."""
    total = picture.conversations
    if not total:
        return section("alone", words, paragraph(words("nothing")))
    share = share_of(sum(line.alone for line in picture.begun), total)
    most = picture.look.most_questions
    sees = words("sees.alone", share=words.share(share), most=most)
    over_time = {one.name: one.alone for one in alone(picture.begun, _since)}
    shares = [over_time.get(day.isoformat()) for day in picture.periods]
    ends = (_day(picture.periods[0]), _day(picture.periods[-1]))
    drawing = charts.axis(*ends, "100 %", "0 %", charts.over_time(shares))
    by_way = "".join(
        charts.line_of(
            f"{words(f'by.{by}')}: {one.name}",
            charts.interval(one.alone),
            words.share(one.alone),
            words("of_conversations", count=words.number(one.conversations)),
        )
        for by, name in _ways(words).items()
        for one in alone(picture.begun, name)
        if one.alone
    )
    drawn = f"<figure>{drawing}</figure><figure><ul>{by_way}</ul></figure>"
    warned = paragraph(words("not_correct"), "note")
    return section("alone", words, paragraph(sees), warned, drawn, _as_table(table, words))


def _ways(words: Words) -> dict[str, Callable[[Begun], str]]:
    without = words.texts("experts.no_model")
    return {
        "navigator": lambda line: named(words.texts, "navigator", line.navigator),
        "model": lambda line: line.model or without,
    }


def _since(line: Begun) -> str:
    return line.since.isoformat()


def _as_table(table: Table, words: Words) -> str:
    return folded(words("see_table"), table_html(table, words, _ROWS))


def _legend(kinds: Sequence[str], group: str, words: Words) -> str:
    items = "".join(
        f"<li>{charts.stacked([Part(kind, 1)], 1)}{escape(words(f'{group}.{kind}'))}</li>"
        for kind in kinds
    )
    return f'<ul class="legend">{items}</ul>'


def _sum(lines: Sequence[object], name: str) -> int:
    return sum(getattr(line, name) for line in lines)


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")
