"""Puts the access to the experts' panel together from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request

from agent.expiry import daily
from agent.models.prices import Prices
from agent.service import Service
from agent.settings import Settings
from agent.texts import Texts
from evaluation.learnt.plan import Plans
from records.accounts import Accounts
from records.audit import Audit
from records.database import open_database
from records.exports import Exports
from records.handoffs import HandOffs
from records.judgements import Judgements
from records.learnt.lessons import Lessons
from records.sessions import Sessions
from records.store import Records
from ui.experts.access.accounts import accounts_pages
from ui.experts.access.audit import audit_pages
from ui.experts.access.doors import Access
from ui.experts.access.erase import erase_pages
from ui.experts.access.export import export_pages
from ui.experts.access.reveal import bar_above, reveal_routes
from ui.experts.access.roster import Roster
from ui.experts.access.sign_in import sign_in_pages
from ui.experts.assets import assets
from ui.experts.conversations.panel import conversations
from ui.experts.desk.inbox import inbox
from ui.experts.desk.routes import desk
from ui.experts.judging.correcting import correcting
from ui.experts.learnt.routes import Learning, learnt_pages
from ui.experts.replay.rerun import rerun_pages
from ui.experts.titles import if_there, topic_titles, versions_of, with_dangers


@dataclass(frozen=True)
class Panel:
    """What the panel's pages share beside the record."""

    access: Access
    accounts: Accounts
    exports: Exports
    judgements: Judgements
    lessons: Lessons
    settings: Settings


def experts_pages(
    panel: Panel, service: Service, hand_offs: HandOffs, texts: Texts, prices: Prices
) -> list[APIRouter]:
    """All pages of the panel; each asks `panel.access` for the permission that it needs."""
    texts = with_dangers(texts, service.house.catalogue)
    access, records, exports = panel.access, service.records, panel.exports
    settings, assistant = panel.settings, service.assistant
    titles, trees = topic_titles(service.store, settings.tree), versions_of(service.store)

    def masks(request: Request, thread: str) -> str:
        return bar_above(request, access, texts, thread)

    def masked(request: Request, thread: str, text: str) -> str:
        return access.reading(request).masker(thread).text(text)

    judged = correcting(access, service, if_there(trees), panel.judgements, settings, texts)
    return [
        sign_in_pages(access, panel.accounts, texts),
        assets(),
        accounts_pages(access, panel.accounts, texts),
        audit_pages(access, texts, settings.audit_days),
        reveal_routes(access),
        export_pages(access, records, exports, texts, settings.country, titles),
        erase_pages(access, records, exports, assistant.erase, texts),
        inbox(hand_offs, texts, access),
        desk(assistant, hand_offs, texts, access),
        rerun_pages(service.house, texts, access),
        learnt_pages(
            Learning(
                panel.lessons,
                records.found,
                Plans(service.store, settings.tree),
                service.house.brains.encoder,
                panel.judgements.unsafe,
            ),
            texts,
            access.may("statistics"),
            masked,
        ),
        conversations(
            access.reading,
            texts,
            access.may("read"),
            prices=prices,
            titles=titles,
            tree=trees,
            beside_step=judged.judging.beside_step,
            above=masks,
            under=judged.judging.under,
        ),
        *judged.routers,
    ]


@contextmanager
def open_panel(settings: Settings, records: Records) -> Iterator[Panel]:
    """The panel's own tables, until the end of the block; what is too old in them is deleted daily.

    Raises RecordError.
    """
    engine = open_database(settings.chosen_records_url)
    accounts, audit = Accounts(engine), Audit(engine)
    sessions = Sessions(
        engine,
        idle=timedelta(minutes=settings.experts_idle_minutes),
        longest=timedelta(hours=settings.experts_session_hours),
    )
    roster = Roster(accounts, settings.experts_user, settings.experts_password)
    access = Access(roster, sessions, audit, records, settings.country)

    def sweep() -> None:
        sessions.sweep()
        audit.forget(datetime.now(UTC) - timedelta(days=settings.audit_days))

    try:
        with daily(sweep, "what is old in the experts' log could not be deleted"):
            judgements = Judgements(engine, settings.reviewers)
            lessons = Lessons(engine)
            yield Panel(access, accounts, Exports(engine), judgements, lessons, settings)
    finally:
        engine.dispose()
