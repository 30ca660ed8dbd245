"""Settings: environment variables with the prefix NODRIZA_, a .env file, explicit arguments first.

`.env.example` lists them all.
"""

import difflib
import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from limits import parse
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tools.errors import SettingsError

PREFIX = "NODRIZA_"
LLM_PREFIX = "NODRIZA_LLM_"
"""What the options of the model's own server begin with (agent/llama/server_options.py)."""
PROJECT = Path(__file__).parents[1]

Navigator = Literal["menu", "semantic", "scored", "tools"]
Phrasing = Literal["tree", "model"]
Country = Literal["ES", "MX", "AR", "CO", "CL"]
MailAddress = Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")]
ModelName = Annotated[str, Field(pattern=r"^[a-z_]+:.+$")]
"""provider:name."""


def _read_object(value: Any) -> Any:
    """An object written as JSON; anything else is left to the validation."""
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
    except ValueError as error:
        raise ValueError(f"not JSON ({error}); valid: an object such as {_EXAMPLE}") from None
    if not isinstance(found, dict):
        raise ValueError(f"not a JSON object; valid: for example {_EXAMPLE}")  # noqa: TRY004
    return found


_EXAMPLE = '{"temperature": 0.2}'
# NoDecode: else a broken text would fail before anything can say what is valid.
Parameters = Annotated[dict[str, Any], NoDecode, BeforeValidator(_read_object)]
"""Arguments of a model's constructor."""


def _checked_rate(text: str) -> str:
    try:
        parse(text)
    except ValueError:
        raise ValueError("no rate; valid: a number a time, such as 30/minute or 500/hour") from None
    return text


def _checked_endpoint(text: str) -> str:
    parts = urlsplit(text)
    whole = parts.scheme in ("http", "https") and parts.hostname and parts.path.strip("/")
    if not whole or parts.username or parts.query:
        raise ValueError(
            "no address of traces; valid: a whole one, such as http://127.0.0.1:4318/v1/traces,"
            " without a password (those go into OTEL_EXPORTER_OTLP_HEADERS)"
        )
    return text


class Settings(BaseSettings):
    """Everything that can be configured."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    data_folder: Path = PROJECT / "data"
    """Where the embedded graph and the record live."""
    trees_folder: Path = PROJECT / "trees"
    """Where trees, red flags and telephone numbers are read from."""
    tree: str = "lactancia"
    """Id of the tree that new conversations use."""

    graph_uri: str | None = Field(None, pattern=r"^(bolt|neo4j)(\+s|\+ssc)?://.+")
    """A Neo4j server. Unset: the embedded server."""
    graph_user: str = "neo4j"
    graph_password: SecretStr = SecretStr("")
    graph_database: str = "neo4j"
    graph_timeout: float = Field(10.0, gt=0, le=600)
    """Longest that a query may take, in seconds."""

    records_url: str | None = None
    """SQLAlchemy URL of the record. Unset: a SQLite file in the data folder."""

    keep_days: int | None = Field(None, ge=1, le=36500)
    """Conversations in which nothing happened for so many days are erased, at the start and once a
    day. Unset: they are kept until she erases them."""

    navigator: Navigator | None = None
    """Unset: `tools` when there is a model (`scored` with Replicate's), else `semantic`."""
    phrasing: Phrasing = "tree"
    """Whose words a question is asked in. `model`: the model's, as long as they are a question and
    claim nothing new. Answers are the tree's in either case."""
    model: ModelName | None = None
    """provider:name, for example openai:gpt-4.1. Unset: no language model."""
    model_parameters: Parameters = {}
    """JSON object: arguments of the model's constructor, which beat our defaults."""
    model_base_url: str | None = Field(None, pattern=r"^https?://.+")
    """Base URL of an OpenAI-compatible server, or the endpoint of Azure, Bedrock or Replicate."""
    model_api_key: SecretStr | None = None
    model_timeout: float = Field(60.0, gt=0, le=600)
    """Longest that one call to the model may take, in seconds."""
    model_retries: int | None = Field(None, ge=0, le=10)
    """How often a call that failed with 429, 5xx or no connection is made again, after a wait that
    doubles. Unset: 2, and 0 for `scored`, which goes on without an answer."""
    fallback_model: ModelName | None = None
    """A second, smaller model, asked when the first one fails. Of the same provider, it shares
    the first one's base URL and key unless it has a base URL of its own."""
    fallback_model_parameters: Parameters = {}
    fallback_model_base_url: str | None = Field(None, pattern=r"^https?://.+")
    fallback_model_api_key: SecretStr | None = None
    budget_visitor: int | None = Field(None, ge=0)
    """Tokens, read and written, that one conversation may use in a day. Unset: no limit."""
    budget_day: int | None = Field(None, ge=0)
    """Tokens that all conversations together may use in a day. Unset: no limit."""
    prices_file: Path | None = None
    """YAML with prices that are added to those of agent/models/prices.yaml, or replace them."""

    language: str = Field("es", pattern=r"^[a-z]{2}$")
    """Language of the screen."""
    country: Country = "ES"
    """Whose emergency numbers are shown."""

    ui_host: str = "127.0.0.1"
    ui_port: int = Field(7860, ge=0, le=65535)
    experts_user: str = "experta"
    experts_password: SecretStr = SecretStr("")
    """Of the account of the settings, an admin. Empty: there is no such account, and the experts'
    page is served only when `nodriza users add` has made one."""
    experts_idle_minutes: int = Field(120, ge=5, le=1440)
    """An expert who does nothing for so long has to sign in again."""
    experts_session_hours: int = Field(12, ge=1, le=720)
    """So long after signing in an expert has to do so again in any case."""
    audit_days: int = Field(730, ge=1, le=36500)
    """What experts did is known for so many days, then deleted from the log."""
    reviewers: int = Field(2, ge=1, le=20)
    """So many experts judge a conversation, each for herself, before it needs no review."""
    hand_off_hours: int = Field(48, ge=1, le=720)
    """A mother who asks for a person is told to expect an answer within so many hours. She can ask
    where the experts' page is served: they answer there."""
    mail_server: str | None = Field(None, pattern=r"^smtps?://[^/@\s]+$")
    """SMTP server that tells of new hand-offs: smtp://host:port, or smtps:// with TLS from the
    start. Unset: no e-mail."""
    mail_tls: bool = True
    """Refuse an smtp:// server that cannot change to TLS. False: for one on this machine."""
    mail_user: str | None = None
    mail_password: SecretStr = SecretStr("")
    mail_from: MailAddress | None = None
    mail_to: MailAddress | None = None
    mail_summary: bool = False
    """Send what she handed over in the e-mail too, which is health data; else only a link."""
    public_url: str | None = Field(None, pattern=r"^https?://[^\s]+[^/\s]$")
    """Address of this site from outside, for links in e-mails."""
    api: bool | None = None
    """Whether the HTTP API is served. Unset: when it has a key."""

    traces_endpoint: Annotated[str, AfterValidator(_checked_endpoint)] | None = None
    """Where a collector takes OpenTelemetry traces, as OTLP over HTTP. Unset: none are made. They
    hold nothing that a mother said."""

    visitor_rate: Annotated[str, AfterValidator(_checked_rate)] = "30/minute"
    """How often one browser may write: a number a time."""
    address_rate: Annotated[str, AfterValidator(_checked_rate)] = "300/minute"
    """How often all browsers at one network address may write together."""
    most_waiting: int = Field(200, ge=1, le=100_000)
    """Messages that may wait for their answer in all conversations; one more is not taken."""

    parallel_turns: int = Field(8, ge=1, le=256)
    """How many conversations are answered at the same time; the others wait."""

    @model_validator(mode="after")
    def _navigator_has_what_it_needs(self) -> "Settings":
        if self.navigator in ("scored", "tools") and not self.model:
            raise ValueError(f"navigator {self.navigator!r} needs a model: set NODRIZA_MODEL")
        if self.phrasing == "model" and not self.model:
            raise ValueError("phrasing 'model' needs a model: set NODRIZA_MODEL")
        if self.navigator == "tools" and self._knows_no_tools:
            raise ValueError("Replicate knows no tools: NODRIZA_NAVIGATOR=scored")
        if self.mail_server and not (self.mail_from and self.mail_to and self.public_url):
            raise ValueError(
                "NODRIZA_MAIL_SERVER needs NODRIZA_MAIL_FROM, NODRIZA_MAIL_TO and"
                " NODRIZA_PUBLIC_URL"
            )
        if self.fallback_model and not self.model:
            raise ValueError("NODRIZA_FALLBACK_MODEL falls back from NODRIZA_MODEL: set that too")
        return self

    @property
    def chosen_navigator(self) -> Navigator:
        """The navigator in use."""
        if self.navigator or not self.model:
            return self.navigator or "semantic"
        return "scored" if self._knows_no_tools else "tools"

    @property
    def _knows_no_tools(self) -> bool:
        names = (self.model, self.fallback_model)
        return any(name and name.startswith("replicate:") for name in names)

    @property
    def chosen_retries(self) -> int:
        """How often a failed call is made again."""
        if self.model_retries is not None:
            return self.model_retries
        # `scored` goes on without an answer: retries would only keep her waiting.
        return 0 if self.chosen_navigator == "scored" else 2

    @property
    def chosen_records_url(self) -> str:
        """The record in use."""
        return self.records_url or f"sqlite:///{self.data_folder / 'records.db'}"


def load_settings(**explicit: Any) -> Settings:
    """Read the settings; `explicit` values beat the environment, None ones are left out.

    Raises SettingsError with one line that quotes the wrong value and says what is valid.
    """
    _refuse_unknown()
    try:
        return Settings(**{key: value for key, value in explicit.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("; ".join(_line(detail) for detail in error.errors())) from None


def _line(detail: Any) -> str:
    message = detail["msg"].removeprefix("Value error, ")
    if not detail["loc"]:
        return str(message)
    name = str(detail["loc"][0])
    secret = "password" in name or "key" in name
    given = "" if secret else f"={detail['input']!r}"
    return f"{PREFIX}{name.removeprefix(PREFIX.lower()).upper()}{given}: {message}"


def _refuse_unknown() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(LLM_PREFIX):
            continue  # the command `nodriza llm serve` reads and checks these
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise SettingsError(f"unknown setting {name}{hint} (all settings: .env.example)")
