"""Who is signed in to the experts' panel, and what they may do there.

    may("judge")      a FastAPI dependency: the person's name, or the request is refused
    reading           one too: the record, with personal data masked, and each look written down

A page that is asked for without a session leads to the sign-in; anything else is 401, and 403 for a
role that is not enough. ui/experts/access/refused.py writes down what was refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fastapi import HTTPException, Request, Response

from records.audit import Action, Audit
from records.sessions import Session, Sessions
from records.store import Records
from ui.experts.access.permissions import Permission, allows
from ui.experts.access.reading import Reading
from ui.experts.access.roster import Person, Roster
from ui.experts.ways import HOME, SIGN_IN

COOKIE = "nodriza_experta"
_PATH = "/expertas"


@dataclass(frozen=True)
class SignedIn:
    """Who asks, and in which session."""

    person: Person
    session: Session


class Access:
    """The doors of one panel."""

    def __init__(
        self, roster: Roster, sessions: Sessions, audit: Audit, records: Records, region: str
    ) -> None:
        """`region` is the country whose telephone numbers are recognised without a prefix."""
        self.roster = roster
        self.sessions = sessions
        self.audit = audit
        self._records = records
        self._region = region

    def may(self, permission: Permission) -> Callable[[Request], str]:
        """A dependency that returns the name of whoever is signed in and may do this."""

        def admit(request: Request) -> str:
            person = self.signed_in(request).person
            if not allows(person.role, permission):
                raise HTTPException(403)
            return person.name

        return admit

    def signed_in(self, request: Request) -> SignedIn:
        """Who asks; raises HTTPException: 303 to the sign-in for a page, else 401."""
        found = self.who(request)
        if found is None:
            raise _sign_in_first(request)
        return found

    def who(self, request: Request) -> SignedIn | None:
        """Who asks, if signed in; looked up once in a request."""
        if not hasattr(request.state, "expert"):
            request.state.expert = self._found(request)
        found: SignedIn | None = request.state.expert
        return found

    def reading(self, request: Request) -> Reading:
        """The record as whoever asks may see it: a dependency, beside the one of `may`."""
        if not hasattr(request.state, "reading"):
            asks = self.signed_in(request)
            revealed = {}
            if allows(asks.person.role, "reveal"):
                revealed = self.sessions.revealed(asks.session)
            request.state.reading = Reading(
                self._records,
                revealed,
                lambda action, thread: self.note(request, action, thread=thread),
                self._region,
            )
        reading: Reading = request.state.reading
        return reading

    def note(
        self,
        request: Request,
        action: Action,
        *,
        thread: str | None = None,
        about: str | None = None,
    ) -> None:
        """Writes down what whoever asks does."""
        person = self.signed_in(request).person
        self.audit.note(person.name, person.role, action, thread=thread, about=about)

    def let_in(self, response: Response, request: Request, person: Person) -> None:
        """Begins a session and gives its token to the browser."""
        credential = self.roster.credential(person.name)
        if credential is None:
            raise HTTPException(401)  # disabled in this moment
        response.set_cookie(
            COOKIE,
            self.sessions.begin(person.name, credential),
            path=_PATH,
            httponly=True,
            # Strict would ask who comes by a link in an e-mail to sign in again.
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def let_out(self, response: Response, request: Request) -> None:
        """Ends the session."""
        if token := request.cookies.get(COOKIE):
            self.sessions.end(token)
        response.delete_cookie(COOKIE, path=_PATH)

    def _found(self, request: Request) -> SignedIn | None:
        token = request.cookies.get(COOKIE)
        session = self.sessions.find(token, self.roster.credential) if token else None
        person = self.roster.person(session.account) if session else None
        return SignedIn(person, session) if person and session else None


def person_in(request: Request) -> Person | None:
    """Who was found to be signed in when this request was let in."""
    found: SignedIn | None = getattr(request.state, "expert", None)
    return found.person if found else None


def may_do(request: Request, permission: Permission) -> bool:
    """Whether who was let in may do this too: pages offer nothing that would be refused."""
    person = person_in(request)
    return person is not None and allows(person.role, permission)


def own_path(text: str) -> str:
    """A path of the panel to go to; its first page for anything else, such as another site's."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return HOME
    inside = parts.path.startswith(HOME) and ".." not in parts.path and "//" not in parts.path
    plain = text.isascii() and text.isprintable() and "\\" not in text and " " not in text
    if parts.scheme or parts.netloc or not (inside and plain) or parts.path.startswith(SIGN_IN):
        return HOME
    return text


def wants_page(request: Request) -> bool:
    """Whether a browser shows what it asks for."""
    return "text/html" in request.headers.get("accept", "")


def _sign_in_first(request: Request) -> HTTPException:
    if request.method != "GET" or not wants_page(request):
        return HTTPException(401)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if own_path(wanted) == HOME:
        return HTTPException(303, headers={"Location": SIGN_IN})
    return HTTPException(303, headers={"Location": f"{SIGN_IN}?a={quote(wanted, safe='')}"})
