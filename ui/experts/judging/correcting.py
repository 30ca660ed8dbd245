"""The pages on which experts judge, correct and sign, put together from the settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Request

from agent.service import Service
from agent.settings import Settings
from agent.texts import Texts
from evaluation.corrections.export import What, exported, masking
from records.judgements import Judgements
from tools.drafts import published
from tools.formats.yaml_folder import read_tree
from tools.store import TreeStore
from ui.experts.access.doors import Access, may_do
from ui.experts.judging.agreement import agreement_pages
from ui.experts.judging.judge import Judging, Reader, Trees, judge_pages
from ui.experts.judging.review import review_pages
from ui.experts.judging.sign import sign_pages


@dataclass(frozen=True)
class Correcting:
    """What the application is given."""

    routers: Sequence[APIRouter]
    judging: Judging
    """Has what stands under the steps of a conversation's page, and under the whole."""


def load_folder(store: TreeStore, folder: Path) -> str:
    """Put a folder's published topics into use; returns the version. Raises a NodrizaError."""
    return store.load(published(read_tree(folder)))


def correcting(
    access: Access,
    service: Service,
    trees: Trees,
    judgements: Judgements,
    settings: Settings,
    texts: Texts,
) -> Correcting:
    """The pages of a service, each behind the permission that it needs; `trees` reads versions."""
    folder = settings.trees_folder / settings.tree
    judge, sign = access.may("judge"), access.may("sign")

    def export(request: Request, what: What, reader: Reader) -> tuple[str, int, str]:
        access.note(request, "export", about=what)
        hide = masking(settings.country)
        return exported(what, judgements, reader, folder, settings.tree, hide)

    def has_judged(request: Request, thread: str) -> None:
        access.note(request, "judge", thread=thread)

    def has_signed(request: Request, node: str) -> None:
        access.note(request, "sign_leaf", about=node)

    def may_export(request: Request) -> bool:
        return may_do(request, "export")

    def may_sign(request: Request) -> bool:
        return may_do(request, "sign")

    use = partial(load_folder, service.store, folder)
    judging = Judging(judgements, trees, texts, judge, access.reading, has_judged, may_sign)
    routers = [
        judge_pages(judging, judge),
        review_pages(judgements, settings.reviewers, texts, judge, access.reading),
        agreement_pages(judgements, trees, texts, judge, access.reading, export, may_export),
        sign_pages(folder, texts, sign, judgements.ended_at, use, has_signed),
    ]
    return Correcting(routers, judging)
