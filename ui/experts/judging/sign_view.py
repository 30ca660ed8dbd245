"""An answer of the tree as mothers read it, with all that it cites: HTML. Pure."""

from html import escape

from markdown_it import MarkdownIt

from agent.texts import Texts
from tools.signing import Leaf
from tools.tree import Referral, Source, Tree
from ui.markdown import prose


def paper(leaf: Leaf, tree: Tree, texts: Texts) -> str:
    """The answer as mothers read it, and all that it cites."""
    parts = [f"<h2>{escape(leaf.title)}</h2>"]
    if leaf.urgency != "none":
        urgency = escape(texts(f"experts.urgency.{leaf.urgency}"))
        parts.append(f'<p><span class="chip">{urgency}</span></p>')
    parts.append(_shown(leaf.text))
    more = {"normal": leaf.normal, "seek_help": leaf.seek_help}
    if isinstance(leaf, Referral):
        more["service"] = leaf.service
    for key, text in more.items():
        if text:
            parts.append(f"<h3>{escape(texts(f'experts.{key}'))}</h3>{_shown(text)}")
    sources = "".join(_source(tree.source_by_id[name], texts) for name in leaf.sources)
    parts.append(f"<h3>{escape(texts('experts.sources'))}</h3><ul>{sources}</ul>")
    return f'<article class="leaf">{"".join(parts)}</article>'


def _shown(text: str) -> str:
    """A text of the tree, with its lists and bold words, as mothers see it."""
    html: str = _MARKDOWN.render(prose(text))
    return html


_MARKDOWN = MarkdownIt("commonmark", {"html": False})


def _source(source: Source, texts: Texts) -> str:
    year = str(source.year or texts("experts.sign.no_year"))
    read = texts(f"experts.sign.verification.{source.verification}", on=source.checked_on)
    return (
        f'<li><a href="{escape(source.url)}" rel="noreferrer">{escape(source.title)}</a>'
        f" · {escape(source.organisation)}, {escape(year)}"
        f'<br><span class="quiet">{escape(read)}</span></li>'
    )
