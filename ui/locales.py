"""Where a browser says that it is, and the telephones of that country."""

import re
from collections.abc import Iterable, Sequence

from agent.danger.redflags import countries, phones, purpose_of
from agent.replying.replies import phones as telephones
from records.events import (
    Event,
    FactCorrected,
    Locale,
    MessageReceived,
    PhoneShown,
    Replied,
)

_TAG = re.compile(r"(es|ca|gl|eu)(?:-[a-z]{4})?-([a-z]{2})", re.IGNORECASE)


def guess_country(accept_language: str | None, fallback: str) -> str:
    """The first known country among the languages that a browser asks for, such as es-MX.

    English stands in many browsers that were never in the US: only the languages of Spain count.
    """
    for language in (accept_language or "").split(","):
        found = _TAG.fullmatch(language.split(";")[0].strip())
        if found and found[2].upper() in countries():
            return found[2].upper()
    return fallback


def last_locale(events: Sequence[Event]) -> Locale | None:
    """Where she last said that she is, and the language of the page where she wrote."""
    for event in reversed(events):
        if isinstance(event, MessageReceived | FactCorrected) and event.locale:
            return event.locale
    return None


def localised(events: Iterable[Event], country: str) -> list[Event]:
    """The events with the telephones of a country, wherever she was when they were answered."""
    return [
        event.model_copy(update={"phones": _of_country(event.phones, country)})
        if isinstance(event, Replied) and event.phones
        else event
        for event in events
    ]


def _of_country(shown: Sequence[PhoneShown], country: str) -> list[PhoneShown]:
    """Those for the same purposes; emergencies where a country has none of the kind."""
    here = phones(country)
    found = dict.fromkeys(purpose_of(phone.number, phone.name) for phone in shown)
    purposes = [purpose for purpose in found if purpose]
    return telephones(here, purposes) or telephones(here, ("emergency",))
