"""E-mails about hand-offs, with a real SMTP server on this machine."""

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from agent.mail import Mailer
from agent.settings import Settings
from agent.texts import load_texts

SENT = "LO QUE HE CONTADO\n- «me duele el pecho» 😣"
LINK = "https://nodriza.example.org/expertas/bandeja"


class _Inbox:
    """Keeps what the server was sent."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    def text(self) -> str:
        """The one message that came."""
        [envelope] = self.envelopes
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        body = message.get_body()
        assert body is not None
        return f"{message['Subject']}\n{body.get_content()}".replace("\r\n", "\n")


@contextmanager
def smtp_server(inbox: _Inbox, **options: Any) -> Iterator[str]:
    """A server on a free port; yields host:port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()


def mailer(server: str, **changes: Any) -> Mailer:
    settings = Settings(
        _env_file=None,
        mail_server=server,
        mail_from="nodriza@example.org",
        mail_to="equipo@example.org",
        public_url="https://nodriza.example.org",
        **changes,
    )
    return Mailer(settings, load_texts("es"), "/expertas/bandeja")


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context, whose certificate this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_the_experts_get_a_link_and_no_word_of_hers() -> None:
    inbox = _Inbox()
    with smtp_server(inbox) as place:
        mailer(f"smtp://{place}", mail_tls=False).tell(SENT).join(20)
    assert inbox.envelopes[0].mail_from == "nodriza@example.org"
    assert inbox.envelopes[0].rcpt_tos == ["equipo@example.org"]
    assert LINK in inbox.text()
    assert "duele" not in inbox.text()


def test_what_she_sent_goes_along_where_that_is_set() -> None:
    inbox = _Inbox()
    with smtp_server(inbox) as place:
        mailer(f"smtp://{place}", mail_tls=False, mail_summary=True).tell(SENT).join(20)
    assert SENT in inbox.text()
    assert "duele" not in inbox.text().splitlines()[0]


def test_with_tls_name_and_password(certificate: ssl.SSLContext) -> None:
    inbox = _Inbox()
    given: list[tuple[bytes, bytes]] = []

    def let_in(_s: Any, _session: Any, _e: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        given.append((data.login, data.password))
        return AuthResult(success=True)

    with smtp_server(
        inbox, tls_context=certificate, authenticator=let_in, auth_required=True
    ) as place:
        mailer(f"smtp://{place}", mail_user="ana", mail_password="clave").tell(SENT).join(20)
    assert given == [(b"ana", b"clave")]
    assert LINK in inbox.text()


def test_a_server_that_speaks_tls_from_the_start(certificate: ssl.SSLContext) -> None:
    inbox = _Inbox()
    with smtp_server(inbox, ssl_context=certificate) as place:
        mailer(f"smtps://{place}").tell(SENT).join(20)
    assert LINK in inbox.text()


def test_nothing_is_sent_in_clear_unless_that_is_set(caplog: pytest.LogCaptureFixture) -> None:
    inbox = _Inbox()
    with smtp_server(inbox) as place, caplog.at_level(logging.ERROR):
        mailer(f"smtp://{place}", mail_summary=True).tell(SENT).join(20)
    assert inbox.envelopes == []
    assert "could not be sent" in caplog.text
    assert "duele" not in caplog.text


def test_a_server_that_is_not_there_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with smtp_server(_Inbox()) as place:
        pass
    with caplog.at_level(logging.ERROR):
        mailer(f"smtp://{place}", mail_tls=False).tell(SENT).join(20)
    assert "could not be sent" in caplog.text
