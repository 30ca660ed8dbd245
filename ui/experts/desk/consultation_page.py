"""The consultation desk as HTML, from a consultation and what was filled in. Pure."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape

from agent.consultation import Consultation, Danger
from agent.decide import NOWHERE, UNCLEAR
from agent.replying.drafting import Draft
from agent.texts import Texts
from records.events import KnownFact, Screened, Understood
from records.handoffs import HandOff
from ui.experts.conversations.trace import MARKS, marked
from ui.experts.desk.fields import bars, fieldset, place, radio, section, value_field, worth
from ui.experts.desk.form import LONGEST, Filled, Proposed
from ui.experts.desk.questions import questions
from ui.experts.markup import chips, named, percent, quote
from ui.experts.ways import DESK
from ui.hers.document import button, form, hidden, kept_words, link, paragraph

LIST = f"{DESK}/lista"
"""Where a file of many consultations is sent."""


def asking(texts: Texts, mark: str, notice: str = "", text: str = "") -> str:
    """The page before there is a consultation: one pasted, or a file of many."""
    file = (
        f'<label for="file">{escape(texts("experts.desk.file"))}</label>'
        '<input type="file" id="file" name="file" accept=".csv,.tsv,.txt,text/csv" required>'
    )
    many = (
        f'<form method="post" action="{LIST}" enctype="multipart/form-data">{mark}{file}'
        f"{paragraph(texts('experts.desk.file_rule'), 'quiet')}"
        f"{button(texts('experts.desk.read_file'))}</form>"
    )
    return (
        f"{paragraph(notice, 'urgent') if notice else ''}"
        f"{form(DESK, mark, _text_area(texts, text), button(texts('experts.desk.read'), 'strong'))}"
        f"<section><h2>{escape(texts('experts.desk.many'))}</h2>{many}</section>"
    )


def reading(
    read: Consultation, filled: Filled, texts: Texts, mark: str, handed: HandOff | None
) -> str:
    """The page of a consultation: her words beside all that they say, in one form."""
    carried = hidden("hand_off", str(handed.id)) if handed else ""
    to_draft = link("#draft", texts("experts.desk.to_draft"))
    again = f"{button(texts('experts.desk.again'), 'strong')} {to_draft}"
    return (
        f'<form method="post" action="{DESK}" class="desk">{mark}{carried}'
        f'<div class="hers">{_hers(read, texts, handed)}</div>'
        f'<div class="found">{_danger(read.danger, texts)}{_sense(read, texts)}'
        f"{_topics(read, texts)}{_entries(read, texts)}{_facts(read.facts, filled, texts)}"
        f"{questions(read, filled, texts)}"
        f'<p class="again">{again}</p>'
        f"{_draft(read, filled, texts, handed)}</div></form>"
    )


def sent(texts: Texts, proposed: Proposed | None, answer: str) -> str:
    """What was sent, with what the expert changed in the draft."""
    if proposed is None:
        return kept_words(answer)
    legend = (
        f"<p class='quiet'><ins>{escape(texts('experts.desk.added'))}</ins> "
        f"<del>{escape(texts('experts.desk.removed'))}</del></p>"
    )
    return (
        f"<h2>{escape(texts('experts.desk.changes'))}</h2>{legend}"
        f"<pre>{changes(proposed.text, answer)}</pre>"
    )


def changes(before: str, after: str) -> str:
    """The text after, with the words that were added, and those that were taken out."""
    old, new = (_pieces(text) for text in (before, after))
    html = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            html.append(escape("".join(new[c:d])))
            continue
        if a < b:
            html.append(f"<del>{escape(''.join(old[a:b]))}</del>")
        if c < d:
            html.append(f"<ins>{escape(''.join(new[c:d]))}</ins>")
    return "".join(html)


def _pieces(text: str) -> list[str]:
    """Words, each with the space before it."""
    pieces: list[str] = []
    for letter in text:
        if pieces and not (letter.isspace() and not pieces[-1].isspace()):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def _text_area(texts: Texts, text: str) -> str:
    return (
        f'<label for="text">{escape(texts("experts.desk.text"))}</label>'
        f'<textarea id="text" name="text" rows="9" maxlength="{LONGEST}" required>'
        f"\n{escape(text)}</textarea>"
        f"{paragraph(texts('experts.desk.kept'), 'quiet')}"
    )


def _hers(read: Consultation, texts: Texts, handed: HandOff | None) -> str:
    found = [
        Understood(
            text=read.text,
            summary=list(read.summary),
            topics=[],
            facts=list(read.facts),
            asks_back=False,
        )
    ]
    screened = []
    if danger := read.danger:
        spans = list(danger.spans)
        screened = [Screened(level=danger.level, sign=danger.title, spans=spans, check=None)]
    legend = " ".join(
        f'<mark class="{kind}">{escape(texts(f"experts.mark.{kind}"))}</mark>' for kind in MARKS
    )
    words = marked(read.text, [*found, *screened], texts)
    change = texts("experts.desk.change")
    whole = ""
    if handed:
        whole = (
            f"<details><summary>{escape(texts('experts.desk.whole'))}</summary>"
            f"{kept_words(handed.sent)}</details>"
        )
    return (
        f"<h2>{escape(texts('experts.desk.words'))}</h2>"
        f'<p class="legend">{legend}</p><div class="paper">{words}</div>{whole}'
        f"<details><summary>{escape(change)}</summary>{_text_area(texts, read.text)}</details>"
    )


def _danger(danger: Danger | None, texts: Texts) -> str:
    if danger is None:
        return section("danger", texts, paragraph(texts("experts.danger.none")), "calm")
    kind = "check" if danger.level == "none" and not danger.checked else danger.level
    level = chips([named(texts, "danger", kind)], f"level-{danger.level}")
    body = f"<p>{level} <strong>{escape(danger.title)}</strong></p>"
    if danger.check:
        body += (
            f'<div class="field"><label for="check">{escape(danger.check)}</label>'
            f"{paragraph(texts('experts.desk.check_hint'), 'quiet')}"
            '<input type="text" id="check" name="check" maxlength="200" autocomplete="off"'
            f' value="{escape(danger.checked or "")}"></div>'
        )
    return section("danger", texts, body, "alarm" if danger.level != "none" else "check")


def _sense(read: Consultation, texts: Texts) -> str:
    """A word where the tree is of little help."""
    if read.unclear >= UNCLEAR:
        return paragraph(texts("experts.desk.unclear", share=percent(read.unclear, texts)), "note")
    if read.nowhere >= NOWHERE:
        return paragraph(texts("experts.desk.nowhere", share=percent(read.nowhere, texts)), "note")
    return ""


def _topics(read: Consultation, texts: Texts) -> str:
    return section(
        "topics", texts, bars([(one.label, one.probability) for one in read.topics], texts)
    )


def _entries(read: Consultation, texts: Texts) -> str:
    hint = texts("experts.desk.entries_hint", worth=worth(read.choosing_bits, texts))
    rows = [place("entry", one, one.id == read.entry, texts) for one in read.entries]
    none = radio("entry", "", texts("experts.desk.estimated"), checked=read.entry is None)
    body = paragraph(hint, "quiet") if read.entry is None else ""
    fields = fieldset(texts("experts.desk.entries_pick"), "".join([none, *rows]))
    return section("entries", texts, body + fields)


def _facts(facts: Sequence[KnownFact], filled: Filled, texts: Texts) -> str:
    if not facts:
        return section("facts", texts, paragraph(texts("experts.desk.no_facts"), "quiet"))
    rows = "".join(f"<li>{_fact(fact, filled, texts)}</li>" for fact in facts)
    return section("facts", texts, f'<ul class="facts">{rows}</ul>')


def _fact(fact: KnownFact, filled: Filled, texts: Texts) -> str:
    said = quote(fact.quote) if fact.quote else chips([texts("experts.desk.given")])
    correct = value_field(fact.name, texts("experts.desk.correct", label=fact.label), filled)
    return f"<p>{escape(fact.label)}: <strong>{escape(fact.shown)}</strong> {said}</p>{correct}"


def _draft(read: Consultation, filled: Filled, texts: Texts, handed: HandOff | None) -> str:
    draft = read.draft
    new = Proposed(text=draft.text, tree=read.tree, node=draft.node, probability=draft.probability)
    kept = filled.is_edited and not filled.fresh
    base = filled.proposed if kept and filled.proposed else new
    rows = [place("leaf", one, one.id == filled.chosen, texts) for one in read.leaves]
    pick = ""
    if rows:
        best = radio("leaf", "", texts("experts.desk.leaf_best"), checked=not filled.chosen)
        pick = fieldset(texts("experts.desk.leaf_pick"), "".join([best, *rows]))
    area = (
        f'<label for="draft">{escape(texts("experts.desk.answer"))}</label>'
        f'<textarea id="draft" name="draft" rows="16" maxlength="{LONGEST}">\n'
        f"{escape(filled.written if kept else draft.text)}</textarea>"
    )
    if kept and draft.text != base.text:
        area += (
            f"{paragraph(texts('experts.desk.kept_yours'), 'note')}"
            f"<details><summary>{escape(texts('experts.desk.new_draft'))}</summary>"
            f"{kept_words(draft.text)}</details>"
            '<p><label class="pick"><input type="checkbox" name="fresh" value="1"> '
            f"{escape(texts('experts.desk.use_new'))}</label></p>"
        )
    copy = button(texts("experts.desk.copy"), name="copy-draft", done=texts("experts.desk.copied"))
    send = (
        f'<button name="action" value="send" class="strong">'
        f"{escape(texts('experts.desk.send'))}</button>"
        if handed
        else ""
    )
    rule = paragraph(texts("experts.inbox.rule" if handed else "experts.desk.copy_rule"), "quiet")
    body = (
        f"{_certainty(draft, texts)}{pick}{hidden('proposed', base.model_dump_json())}{area}"
        f'{rule}<div class="row">{copy}{send}</div>'
    )
    return section("draft", texts, body, "draft")


def _certainty(draft: Draft, texts: Texts) -> str:
    if draft.node is None:
        return paragraph(texts("experts.desk.no_leaf"))
    share = percent(draft.probability, texts)
    return paragraph(texts("experts.desk.leaf", title=draft.title or "", share=share))
