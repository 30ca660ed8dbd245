"""The accounts of the experts' panel, for admins."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse

from agent.texts import Texts
from records.accounts import (
    SHORTEST_PASSWORD,
    Account,
    AccountError,
    Accounts,
    checked_name,
    checked_password,
    key_of,
)
from ui.experts.access.doors import Access
from ui.experts.access.pages import STYLE, choice, password_field, table, text_field, told
from ui.experts.access.permissions import ROLES
from ui.experts.conversations.trace import moment
from ui.experts.frame import page
from ui.experts.marks import FIELD, mark_field, require_mark
from ui.experts.ways import ACCOUNTS
from ui.hers.document import button, form, hidden, paragraph

_SHOWN = 80
"""Characters of a wrong value that a sentence quotes."""


def accounts_pages(access: Access, accounts: Accounts, texts: Texts) -> APIRouter:
    """The routes."""
    may = access.may("accounts")
    router = APIRouter(include_in_schema=False, dependencies=[Depends(may)])
    its = _Pages(access, accounts, texts)

    @router.get(ACCOUNTS)
    def show(request: Request) -> HTMLResponse:
        return its.show(request)

    @router.post(ACCOUNTS)
    def change(
        request: Request,
        what: Annotated[str, Form()],
        name: Annotated[str, Form()] = "",
        role: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        mark: Annotated[str, Form(alias=FIELD)] = "",
    ) -> HTMLResponse:
        require_mark(request, mark)
        try:
            done = its.change(request, what, name, role, password)
        except _Refused as refused:
            return its.show(request, str(refused), 422)
        return its.show(request, done)

    return router


class _Refused(Exception):
    """What was asked for cannot be done; a sentence for the screen."""


class _Pages:
    def __init__(self, access: Access, accounts: Accounts, texts: Texts) -> None:
        self._access = access
        self._accounts = accounts
        self._texts = texts

    def show(self, request: Request, notice: str = "", status: int = 200) -> HTMLResponse:
        """All accounts, and a form for each change."""
        texts, mark = self._texts, mark_field(request)
        known = self._accounts.all()
        rows = [self._row(one) for one in known]
        heads = [texts(f"experts.accounts.{key}") for key in ("name", "role", "last", "state")]
        return page(
            request,
            texts,
            texts("experts.accounts.heading"),
            told(notice, "urgent" if status >= 400 else "note"),
            paragraph(texts("experts.accounts.what")),
            table(texts("experts.accounts.list"), heads, [*self._built_in(), *rows]),
            self._changes(known, mark),
            self._new(mark),
            style=STYLE,
            status=status,
        )

    def change(self, request: Request, what: str, name: str, role: str, password: str) -> str:
        """Does it and writes it down; what then is, in a sentence. Raises _Refused."""
        texts, note = self._texts, self._access.note
        if what == "add":
            account = self._add(name, role, password)
            note(request, "account_added", about=f"{account.name} · {role}")
            return texts("experts.accounts.added", name=account.name)
        known = self._accounts.find(name)
        if known is None:
            raise _Refused(texts("experts.accounts.gone", value=name[:_SHOWN]))
        name = known.name
        mine = key_of(self._access.signed_in(request).person.name) == key_of(name)
        if mine and what in ("role", "disable"):
            raise _Refused(texts("experts.accounts.yourself"))
        match what:
            case "role":
                self._accounts.set_role(name, self._role(role))
                note(request, "account_role", about=f"{name} · {role}")
                shown = texts(f"experts.role.{role}")
                return texts("experts.accounts.role_set", name=name, role=shown)
            case "password":
                self._accounts.set_password(name, self._password(password))
                note(request, "password_changed", about=name)
                return texts("experts.accounts.password_set", name=name)
            case "disable":
                self._accounts.disable(name)
                note(request, "account_disabled", about=name)
                return texts("experts.accounts.disabled_now", name=name)
            case "enable":
                self._accounts.enable(name)
                note(request, "account_enabled", about=name)
                return texts("experts.accounts.enabled_now", name=name)
            case _:
                raise _Refused(texts("experts.accounts.gone", value=what[:_SHOWN]))

    def _add(self, name: str, role: str, password: str) -> Account:
        texts = self._texts
        try:
            name = checked_name(name)
        except AccountError:
            raise _Refused(texts("experts.accounts.no_name", value=name[:_SHOWN])) from None
        if self._access.roster.known(name):
            raise _Refused(texts("experts.accounts.taken", value=name))
        return self._accounts.add(name, self._role(role), self._password(password))

    def _role(self, role: str) -> str:
        if role not in ROLES:
            valid = ", ".join(self._texts(f"experts.role.{one}") for one in ROLES)
            said = self._texts("experts.accounts.no_role", value=role[:_SHOWN], valid=valid)
            raise _Refused(said)
        return role

    def _password(self, password: str) -> str:
        try:
            return checked_password(password)
        except AccountError:
            raise _Refused(self._rule) from None

    @property
    def _rule(self) -> str:
        return self._texts("experts.password_rule", least=SHORTEST_PASSWORD)

    def _built_in(self) -> list[list[str]]:
        texts, person = self._texts, self._access.roster.built_in
        if person is None:
            return []
        state = f'<span class="state">{escape(texts("experts.accounts.built_in"))}</span>'
        return [[escape(person.name), escape(texts(f"experts.role.{person.role}")), "", state]]

    def _row(self, account: Account) -> list[str]:
        texts = self._texts
        last = account.last_sign_in_at
        state = "disabled" if account.disabled_at else "active"
        return [
            escape(account.name),
            escape(self._role_name(account.role)),
            escape(moment(last, texts) if last else texts("experts.accounts.never")),
            f'<span class="state">{escape(texts(f"experts.accounts.{state}"))}</span>',
        ]

    def _role_name(self, role: str) -> str:
        return self._texts(f"experts.role.{role}") if role in ROLES else role

    def _changes(self, known: list[Account], mark: str) -> str:
        if not known:
            return ""
        forms = "".join(self._forms(one, mark, str(number)) for number, one in enumerate(known))
        heading = escape(self._texts("experts.accounts.change_heading"))
        return f'<h2>{heading}</h2><div class="changes">{forms}</div>'

    def _forms(self, account: Account, mark: str, key: str) -> str:
        texts, name = self._texts, hidden("name", account.name)
        switch = "enable" if account.disabled_at else "disable"

        def doing(what: str, *parts: str, label: str) -> str:
            sends = button(texts(f"experts.accounts.{label}"))
            return form(ACCOUNTS, mark, name, hidden("what", what), *parts, sends)

        forms = [
            doing("role", self._roles(account.role, key), label="set_role"),
            doing(
                "password",
                password_field("password", texts("experts.mine.new"), new=True, key=key),
                label="set_password",
            ),
            doing(switch, label=switch),
        ]
        heading = escape(account.name)
        return f"<details><summary>{heading}</summary><article>{''.join(forms)}</article></details>"

    def _roles(self, chosen: str, key: str) -> str:
        roles = [(role, self._role_name(role)) for role in ROLES]
        return choice("role", self._texts("experts.accounts.role"), roles, chosen, key=key)

    def _new(self, mark: str) -> str:
        texts = self._texts
        fields = (
            text_field(
                "name",
                texts("experts.accounts.name"),
                key="-new",
                autocomplete="off",
                required="",
                maxlength="64",
            ),
            self._roles("expert", "-new"),
            password_field("password", texts("experts.accounts.password"), new=True, key="-new"),
        )
        may = "".join(
            f"<li><strong>{escape(texts(f'experts.role.{role}'))}</strong>: "
            f"{escape(texts(f'experts.role_may.{role}'))}</li>"
            for role in ROLES
        )
        return (
            f"<section><h2>{escape(texts('experts.accounts.add_heading'))}</h2>"
            + form(
                ACCOUNTS,
                mark,
                hidden("what", "add"),
                f'<div class="fields">{"".join(fields)}</div>',
                paragraph(texts("experts.accounts.password_note", rule=self._rule), "quiet"),
                button(texts("experts.accounts.add"), "strong"),
            )
            + f'<ul class="quiet">{may}</ul></section>'
        )
