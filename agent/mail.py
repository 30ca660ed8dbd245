"""E-mail to the experts: somebody has asked for a person. Without health data unless so set."""

import smtplib
import ssl
import threading
from email.message import EmailMessage
from urllib.parse import urlsplit

from agent.settings import Settings
from agent.texts import Texts
from agent.turns import log_error

_LONGEST_WAIT = 20.0
"""Seconds for each step of the conversation with the server."""


class Mailer:
    """Sends in a thread of its own: a mother never waits for a mail server."""

    def __init__(self, settings: Settings, texts: Texts, inbox: str) -> None:
        """`inbox` is the path of the experts' inbox. The settings must have a mail server."""
        self._settings = settings
        self._texts = texts
        self._inbox = f"{settings.public_url}{inbox}"

    def tell(self, sent: str) -> threading.Thread:
        """Tell the experts of a hand-off. One that cannot be sent is logged: the inbox has it."""
        worker = threading.Thread(target=self._send, args=(sent,), name="mail", daemon=True)
        worker.start()
        return worker

    def _send(self, sent: str) -> None:
        try:
            with self._connected() as server:
                server.send_message(self._message(sent))
        except (OSError, smtplib.SMTPException) as error:
            log_error("an e-mail about a hand-off could not be sent", error)

    def _message(self, sent: str) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = self._texts("mail.subject")
        message["From"] = self._settings.mail_from
        message["To"] = self._settings.mail_to
        body = self._texts("mail.body", link=self._inbox)
        if self._settings.mail_summary:
            body = f"{body}\n\n{sent}"
        message.set_content(body)
        return message

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        address = urlsplit(settings.mail_server or "")
        host = address.hostname or ""
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if address.scheme == "smtps":
            port = address.port or smtplib.SMTP_SSL_PORT
            server = smtplib.SMTP_SSL(host, port, timeout=_LONGEST_WAIT, context=context)
        else:
            server = smtplib.SMTP(host, address.port or 587, timeout=_LONGEST_WAIT)
        try:
            if address.scheme == "smtp" and settings.mail_tls:
                server.starttls(context=context)
            if settings.mail_user:
                server.login(settings.mail_user, settings.mail_password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server
