"""The pages on which experts judge, correct and sign, put together from the settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request

from agent.service import Service
from agent.settings import Settings
from agent.texts import Texts
from evaluation.corrections.export import What, exported
from evaluation.corrections.talks import Mask
from records.judgements import Judgements
from tools.drafts import published
from tools.formats.yaml_folder import read_tree
from ui.experts.agreement_page import agreement_pages
from ui.experts.judge import Judging, Reader, judge_pages, trees_of
from ui.experts.review import review_pages
from ui.experts.sign import sign_pages


@dataclass(frozen=True)
class Correcting:
    """What the application is given."""

    routers: Sequence[APIRouter]
    judging: Judging
    """Has what stands under the steps of a conversation's page, and under the whole."""


def correcting(
    service: Service,
    judgements: Judgements,
    settings: Settings,
    texts: Texts,
    auth: Callable[[Request], str],
    *,
    reading: Callable[[Request], Reader] | None = None,
    mask: Mask = str,
) -> Correcting:
    """The pages of a service, behind `auth`.

    `reading` gives the record as who asks may read it, left out: as it is; `mask` hides personal
    data in what is exported.
    """

    def whole(_request: Request) -> Reader:
        return service.records

    reads = reading or whole
    folder = settings.trees_folder / settings.tree

    def export(what: What, reader: Reader) -> tuple[str, int, str]:
        return exported(what, judgements, reader, folder, settings.tree, mask)

    def put_into_use() -> str:
        return service.store.load(published(read_tree(folder)))

    trees = trees_of(service.store)
    judging = Judging(judgements, trees, texts, auth, reads)
    routers = [
        judge_pages(judging, auth),
        review_pages(judgements, settings.reviewers, texts, auth, reads),
        agreement_pages(judgements, trees, texts, auth, reads, export),
        sign_pages(folder, texts, auth, judgements.ended_at, put_into_use),
    ]
    return Correcting(routers, judging)
