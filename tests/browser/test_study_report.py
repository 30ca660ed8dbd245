"""The study's report in a real browser: on a phone, by night and on paper."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from evaluation.study.manifest import read_study
from evaluation.study.measure.comparison import measure_study
from evaluation.study.report.files import report_files
from evaluation.study.report.words import Words
from tests.browser.looks import must_be_sound
from tests.trees import write_small
from tests.unit.study_talks import ALSO, ASKED, answer, attempt, case, said, write
from tools.formats.yaml_folder import read_tree

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report with every part."""
    folder = tmp_path_factory.mktemp("study")
    tree = read_tree(write_small(folder / "prueba"))
    cases = [case(f"c{number}") for number in range(6)]
    attempts = [
        one
        for it in cases
        for repeat in range(2)
        for one in (
            attempt(said("question", ASKED), answer(), case=it.id, repeat=repeat),
            attempt(answer(ALSO), case=it.id, arm="a-much-longer-name@of-a-model", repeat=repeat),
        )
    ]
    study = read_study(write(folder / "study", tree, cases, attempts))
    files = report_files(measure_study(study), Words("es"), "https://panel.example")
    page = Path(folder / "report.html")
    page.write_text(files["report.html"], "utf-8")
    return page.as_uri()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_it_fits_and_axe_finds_nothing(
    browser: Browser, report: str, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: complaints.append(request.url))
    page.goto(report)
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true })")
    # Before axe, which is put into the page.
    assert complaints == [report]
    must_be_sound(page)
    context.close()


def test_on_paper_nothing_but_the_conversations_is_folded(browser: Browser, report: str) -> None:
    context = browser.new_context(viewport={"width": 690, "height": 900})
    page = context.new_page()
    page.goto(report)
    folded = page.locator("details.print:not([open]) > :not(summary)").first
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()
    assert not page.locator("ol.talk").first.is_visible()
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
    context.close()
