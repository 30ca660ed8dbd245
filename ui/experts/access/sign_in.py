"""Signing in to the experts' panel and out of it, and one's own password."""

import threading
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from agent.texts import Texts
from records.accounts import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    AccountError,
    Accounts,
    checked_password,
    key_of,
)
from records.audit import NOBODY
from ui.experts.access.attempts import Attempts, address_of
from ui.experts.access.doors import Access, own_path
from ui.experts.access.pages import STYLE, password_field, text_field, told
from ui.experts.access.roster import Person
from ui.experts.frame import page
from ui.experts.marks import FIELD, mark_field, require_mark
from ui.experts.ways import MY_ACCOUNT, SIGN_IN, SIGN_OUT
from ui.hers.document import button, form, hidden, paragraph

_Text = Annotated[str, Form()]


def sign_in_pages(
    access: Access, accounts: Accounts, texts: Texts, attempts: Attempts | None = None
) -> APIRouter:
    """The routes; the first of them are the only ones of the panel that are open to anybody."""
    router = APIRouter(include_in_schema=False)
    its = _Pages(access, accounts, texts, attempts or Attempts())

    @router.get(SIGN_IN)
    def ask(request: Request, a: str = "") -> Response:
        return its.ask(request, own_path(a))

    @router.post(SIGN_IN)
    def sign_in(
        request: Request,
        name: _Text = "",
        password: _Text = "",
        to: _Text = "",
        mark: Annotated[str, Form(alias=FIELD)] = "",
    ) -> Response:
        require_mark(request, mark)
        return its.sign_in(request, name, password, own_path(to))

    @router.post(SIGN_OUT)
    def sign_out(request: Request, mark: Annotated[str, Form(alias=FIELD)] = "") -> Response:
        require_mark(request, mark)
        return its.sign_out(request)

    @router.get(MY_ACCOUNT)
    def mine(request: Request) -> HTMLResponse:
        return its.mine(request)

    @router.post(MY_ACCOUNT)
    def change(
        request: Request,
        password: _Text = "",
        new: _Text = "",
        again: _Text = "",
        mark: Annotated[str, Form(alias=FIELD)] = "",
    ) -> HTMLResponse:
        access.signed_in(request)
        require_mark(request, mark)
        return its.change(request, password, new, again)

    return router


class _Pages:
    def __init__(
        self, access: Access, accounts: Accounts, texts: Texts, attempts: Attempts
    ) -> None:
        self._access = access
        self._accounts = accounts
        self._texts = texts
        self._attempts = attempts
        # One at a time: hashing takes memory, and of many guesses at once none is left uncounted.
        self._verifying = threading.Lock()

    def ask(self, request: Request, to: str) -> Response:
        """The form; whoever is signed in already goes on."""
        if self._access.who(request):
            return RedirectResponse(to, 303)
        return self._form(request, to)

    def sign_in(self, request: Request, name: str, password: str, to: str) -> Response:
        """In, or the form again."""
        request.state.noted = True
        with self._verifying:
            address, account = address_of(request), key_of(name[:_LONGEST_NAME])
            if wait := self._attempts.wait(address, account):
                told = self._texts("experts.sign_in.wait", minutes=-(-wait // 60))
                self._failed(name, 429)
                page = self._form(request, to, told, name, 429)
                page.headers["Retry-After"] = str(wait)
                return page
            person = self._access.roster.verify(name[:_LONGEST_NAME], password[:LONGEST_PASSWORD])
            if person is None:
                self._attempts.failed(address, account)
        if person is None:
            self._failed(name, 401)
            return self._form(request, to, self._texts("experts.sign_in.wrong"), name, 401)
        return self._in(request, person, to)

    def sign_out(self, request: Request) -> Response:
        """Out; nothing happens to whoever is not in."""
        response = RedirectResponse(SIGN_IN, 303)
        if self._access.who(request):
            self._access.note(request, "signed_out")
        self._access.let_out(response, request)
        return response

    def mine(self, request: Request, notice: str = "", status: int = 200) -> HTMLResponse:
        """Who one is, and one's password."""
        texts, person = self._texts, self._access.signed_in(request).person
        role = texts(f"experts.role.{person.role}")
        who = paragraph(texts("experts.mine.who", name=person.name, role=role))
        may = paragraph(texts(f"experts.role_may.{person.role}"), "quiet")
        rule = texts("experts.password_rule", least=SHORTEST_PASSWORD)
        change = paragraph(texts("experts.mine.built_in"), "note")
        if not person.built_in:
            change = form(
                MY_ACCOUNT,
                mark_field(request),
                password_field("password", texts("experts.mine.now")),
                password_field("new", texts("experts.mine.new"), new=True),
                paragraph(rule, "quiet"),
                password_field("again", texts("experts.mine.again"), new=True),
                button(texts("experts.mine.change"), "strong"),
            )
        kind = "urgent" if status >= 400 else "note"
        heading = texts("experts.mine.heading")
        return page(
            request,
            texts,
            heading,
            told(notice, kind),
            who,
            may,
            change,
            style=STYLE,
            status=status,
        )

    def change(self, request: Request, password: str, new: str, again: str) -> HTMLResponse:
        """Another password; the other sessions of the account end, this one goes on."""
        texts, person = self._texts, self._access.signed_in(request).person
        if person.built_in:
            return self.mine(request)
        with self._verifying:
            address, account = address_of(request), key_of(person.name)
            if self._attempts.wait(address, account):
                return self.mine(request, texts("experts.sign_in.wait", minutes=5), 429)
            right = self._access.roster.verify(person.name, password[:LONGEST_PASSWORD])
            if right is None:
                self._attempts.failed(address, account)
        if right is None:
            self._failed(person.name, 422, MY_ACCOUNT)
            return self.mine(request, texts("experts.mine.wrong"), 422)
        if new != again:
            return self.mine(request, texts("experts.mine.differ"), 422)
        try:
            checked_password(new)
        except AccountError:
            rule = texts("experts.password_rule", least=SHORTEST_PASSWORD)
            return self.mine(request, rule, 422)
        self._accounts.set_password(person.name, new)
        self._access.note(request, "password_changed", about=person.name)
        response = self.mine(request, texts("experts.mine.changed"))
        self._access.let_in(response, request, person)
        return response

    def _in(self, request: Request, person: Person, to: str) -> Response:
        response = RedirectResponse(to, 303)
        self._access.let_in(response, request, person)
        self._access.audit.note(person.name, person.role, "sign_in")
        return response

    def _failed(self, name: str, status: int, path: str = SIGN_IN) -> None:
        """Of a name that nobody has nothing is written: it may be a password in the wrong box."""
        known = self._access.roster.known(name[:_LONGEST_NAME])
        self._access.audit.note(known or NOBODY, None, "sign_in_failed", path=path, status=status)

    def _form(
        self, request: Request, to: str, notice: str = "", name: str = "", status: int = 200
    ) -> HTMLResponse:
        texts = self._texts
        first = {"autofocus": ""} if not notice else {}
        return page(
            request,
            texts,
            texts("experts.sign_in.heading"),
            '<div class="narrow">',
            told(notice, "urgent"),
            form(
                SIGN_IN,
                mark_field(request),
                hidden("to", to),
                text_field(
                    "name",
                    texts("experts.sign_in.name"),
                    name,
                    autocomplete="username",
                    autocapitalize="none",
                    spellcheck="false",
                    required="",
                    **first,
                ),
                password_field("password", texts("experts.sign_in.password")),
                button(texts("experts.sign_in.go"), "strong"),
            ),
            paragraph(texts("experts.sign_in.who"), "quiet"),
            "</div>",
            style=STYLE,
            status=status,
        )


_LONGEST_NAME = 200
"""Characters of what is looked up."""
