"""Signing an answer as reviewed: its text with its sources, and the signature into the YAML.

Answers that mothers reach most often are listed first. Where the server may not write the tree's
folder, the page gives a patch and the command that does the same.
"""

import shlex
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from agent.assistant import storable
from agent.texts import Texts
from tools.errors import NodrizaError, TreeError
from tools.formats.yaml_folder import read_tree
from tools.signing import Leaf, Signature, WordsChanged, as_patch, leaf_of, sign
from tools.tree import Tree
from ui.experts.frame import page
from ui.experts.judging.sign_view import paper
from ui.experts.marks import mark_field, require_mark
from ui.experts.ways import SIGN
from ui.hers.document import button, form, hidden, link, paragraph

USE = f"{SIGN}/usar"
LONGEST = 200
"""Characters of a field."""
_LISTED = 50
_STYLE = (Path(__file__).parent / "sign.css").read_text("utf-8")


@dataclass(frozen=True)
class Signer:
    """What the form says of who signs."""

    name: str = ""
    profession: str = ""
    number: str = ""
    """Under which she is registered."""
    professional: bool = False
    """She says that she is one, and that she has read text and sources."""

    @property
    def by(self) -> str:
        """As the tree's file has it."""
        return ", ".join(it for it in (self.name, self.profession, self.number) if it)


def way_to_sign(node: str, texts: Texts) -> str:
    """The link under an answer that nobody has signed."""
    way = f"{SIGN}?nodo={quote(node, safe='')}"
    return f'<p class="to-sign">{link(way, texts("experts.sign.read"))}</p>'


def sign_pages(
    folder: Path,
    texts: Texts,
    auth: Callable[[Request], str],
    shown: Callable[[], Mapping[str, int]],
    put_into_use: Callable[[], str],
    note: Callable[[Request, str], None],
) -> APIRouter:
    """The routes, behind `auth`.

    `shown` tells how many conversations ended with each answer; `put_into_use` loads the folder's
    tree for new conversations and returns its version. `note` writes down that whoever asks has
    signed an answer.
    """
    router = APIRouter(include_in_schema=False, dependencies=[Depends(auth)])
    pages = _Pages(folder, texts, shown, note)

    @router.get(SIGN)
    def show(
        request: Request, name: Annotated[str, Depends(auth)], nodo: str | None = None
    ) -> HTMLResponse:
        return pages.leaf(request, nodo, Signer(name)) if nodo else pages.unsigned(request)

    @router.post(SIGN)
    def write(
        request: Request,
        nodo: Annotated[str, Form()],
        text: Annotated[str, Form()],
        mark: Annotated[str, Form()] = "",
        name: Annotated[str, Form()] = "",
        profession: Annotated[str, Form()] = "",
        number: Annotated[str, Form()] = "",
        professional: Annotated[bool, Form()] = False,
    ) -> HTMLResponse:
        require_mark(request, mark)
        signer = Signer(_line(name), _line(profession), _line(number), professional)
        return pages.sign(request, nodo, text, signer)

    @router.post(USE)
    def use(request: Request, mark: Annotated[str, Form()] = "") -> HTMLResponse:
        require_mark(request, mark)
        try:
            version = put_into_use()
        except NodrizaError as error:
            told = texts("experts.sign.not_in_use", cause=error)
            return pages.told(request, told, "urgent", 503)
        return pages.told(request, texts("experts.sign.in_use", version=version))

    return router


class _Pages:
    def __init__(
        self,
        folder: Path,
        texts: Texts,
        shown: Callable[[], Mapping[str, int]],
        note: Callable[[Request, str], None],
    ) -> None:
        self._folder = folder
        self._texts = texts
        self._shown = shown
        self._note = note
        self._one_at_a_time = threading.Lock()

    def unsigned(self, request: Request) -> HTMLResponse:
        """The answers that nobody has signed, those that mothers reach most often first."""
        texts = self._texts
        tree = self._tree()
        if isinstance(tree, str):
            return self.told(request, tree, "urgent", 503)
        leaves = [it for it in tree.nodes if isinstance(it, Leaf)]
        open_ = [it for it in leaves if not it.is_reviewed]
        shown = self._shown()
        open_.sort(key=lambda it: (-shown.get(it.id, 0), it.title))
        values = {"signed": len(leaves) - len(open_), "total": len(leaves)}
        done = paragraph(texts("experts.sign.progress", **values))
        bar = (
            f'<progress max="{len(leaves)}" value="{values["signed"]}"'
            f' aria-label="{escape(texts("experts.sign.progress", **values))}"></progress>'
        )
        most = max([shown.get(it.id, 0) for it in open_], default=0) or 1
        rows = "".join(self._row(it, shown.get(it.id, 0), most) for it in open_[:_LISTED])
        heads = "".join(
            f'<th scope="col">{escape(texts(f"experts.sign.{key}"))}</th>'
            for key in ("answer", "shown")
        )
        table = (
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
        )
        left = len(open_) - _LISTED
        more = paragraph(texts("experts.sign.more", count=left), "quiet") if left > 0 else ""
        return self._page(request, done, bar, table, more)

    def leaf(
        self, request: Request, node: str, signer: Signer, told: str = "", status: int = 200
    ) -> HTMLResponse:
        """One answer to read, and the form below it."""
        tree = self._tree()
        if isinstance(tree, str):
            return self.told(request, tree, "urgent", 503)
        try:
            leaf = leaf_of(tree, node)
        except TreeError:
            return self.told(request, self._texts("experts.sign.no_leaf", node=node), "note", 404)
        notice = paragraph(told, "urgent") if told else ""
        shown = paper(leaf, tree, self._texts)
        if leaf.is_reviewed:
            values = {"by": leaf.reviewed_by, "on": leaf.reviewed_on}
            signed = paragraph(self._texts("experts.sign.signed_by", **values), "note")
            return self._page(request, notice, signed, shown, self._way_back(), status=status)
        void = ""
        if leaf.reviewed_by:
            void = paragraph(self._texts("experts.sign.void", by=leaf.reviewed_by), "urgent")
        fields = self._form(request, leaf, signer)
        return self._page(request, notice, void, shown, fields, self._way_back(), status=status)

    def sign(self, request: Request, node: str, text: str, signer: Signer) -> HTMLResponse:
        """Writes the signature; or says what is missing, or why it cannot be."""
        texts = self._texts
        if not (signer.name and signer.profession and signer.professional):
            return self.leaf(request, node, signer, texts("experts.sign.missing"), 422)
        signature = Signature(node, signer.by, date.today().isoformat(), text)
        try:
            with self._one_at_a_time:
                file = sign(self._folder, signature)
        except WordsChanged:
            return self.leaf(request, node, signer, texts("experts.sign.changed"), 409)
        except TreeError as error:
            told = texts("experts.sign.refused", cause=error)
            return self.told(request, told, "urgent", 422)
        except OSError:
            return self._by_hand(request, signature)
        self._note(request, node)
        done = paragraph(texts("experts.sign.done", by=signature.by, file=file.name), "note")
        use = form(
            USE,
            mark_field(request),
            paragraph(texts("experts.sign.use_what"), "quiet"),
            button(texts("experts.sign.use"), "strong"),
        )
        return self._page(request, done, use, self._way_back())

    def told(
        self, request: Request, sentence: str, kind: str = "note", status: int = 200
    ) -> HTMLResponse:
        """A page with one sentence."""
        return self._page(request, paragraph(sentence, kind), self._way_back(), status=status)

    def _by_hand(self, request: Request, signature: Signature) -> HTMLResponse:
        """What to do where this server may not write the files."""
        texts = self._texts
        patch = b64encode(as_patch(self._folder, signature).encode()).decode()
        command = shlex.join(
            [
                *("nodriza", "tree", "sign", signature.leaf, "--by", signature.by),
                *("--on", signature.on, "--text", signature.text),
            ]
        )
        download = (
            f'<p><a class="button strong" download="{escape(signature.leaf)}.patch"'
            f' href="data:text/x-patch;charset=utf-8;base64,{patch}">'
            f"{escape(texts('experts.sign.patch'))}</a></p>"
        )
        return self._page(
            request,
            paragraph(texts("experts.sign.read_only"), "urgent"),
            f"<pre>{escape(command)}</pre>",
            download,
            self._way_back(),
        )

    def _form(self, request: Request, leaf: Leaf, signer: Signer) -> str:
        texts = self._texts
        fields = "".join(
            f'<label for="{name}">{escape(texts(f"experts.sign.{name}"))}</label>'
            f'<input type="text" id="{name}" name="{name}" maxlength="{LONGEST}"'
            f' value="{escape(value)}"{required}>'
            for name, value, required in (
                ("name", signer.name, " required"),
                ("profession", signer.profession, " required"),
                ("number", signer.number, ""),
            )
        )
        tick = (
            '<label class="pick"><input type="checkbox" name="professional" value="1" required>'
            f"<span>{escape(texts('experts.sign.professional'))}</span></label>"
        )
        return form(
            SIGN,
            mark_field(request),
            hidden("nodo", leaf.id),
            hidden("text", leaf.text_checksum),
            fields,
            tick,
            f'<p class="row">{button(texts("experts.sign.sign"), "strong")}</p>',
        )

    def _row(self, leaf: Leaf, count: int, most: int) -> str:
        way = f"{SIGN}?nodo={quote(leaf.id, safe='')}"
        void = ""
        if leaf.reviewed_by:
            void = f' <span class="quiet">{escape(self._texts("experts.sign.is_void"))}</span>'
        width = f"{100 * count / most:.0f}%"
        return (
            f'<tr><th scope="row">{link(way, leaf.title)}{void}</th>'
            f'<td><span class="value">{count}</span><span class="bar"><b style="width:{width}">'
            "</b></span></td></tr>"
        )

    def _tree(self) -> Tree | str:
        """The tree in the folder; or why it cannot be read."""
        try:
            return read_tree(self._folder)
        except (TreeError, OSError) as error:
            return self._texts("experts.sign.refused", cause=error)

    def _way_back(self) -> str:
        return f"<p>{link(SIGN, self._texts('experts.sign.others'))}</p>"

    def _page(self, request: Request, *parts: str, status: int = 200) -> HTMLResponse:
        heading = self._texts("experts.sign.heading")
        return page(request, self._texts, heading, *parts, style=_STYLE, status=status)


def _line(text: str) -> str:
    """A field on one line."""
    return " ".join(storable(text).split())[:LONGEST]
