"""The chat in a terminal."""

import uuid
from collections.abc import Callable

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.prompt import Prompt

from agent.service import open_service
from agent.settings import Settings
from agent.texts import Texts
from records.events import Replied
from ui.render import agenda_line

_COLOURS = {"emergency": "red", "same_day": "yellow", "none": "green"}


def converse(settings: Settings, say: Callable[[str], None]) -> None:
    """Talk until the end of input or Ctrl-C."""
    console = Console()
    thread = uuid.uuid4().hex
    with open_service(settings, say) as service:
        texts = service.assistant.texts
        console.print(texts("agent.greeting"), highlight=False)
        options: list[str] = []
        number = 0
        while True:
            try:
                text = Prompt.ask("[bold]>[/bold]", console=console).strip()
            except (EOFError, KeyboardInterrupt):
                return
            if not text:
                continue
            if text.isdigit() and 0 < int(text) <= len(options):
                text = options[int(text) - 1]
            number += 1
            for event in service.assistant.reply(thread, str(number), text):
                if isinstance(event, Replied):
                    options = event.options
                    _show(console, event, texts)


def _show(console: Console, reply: Replied, texts: Texts) -> None:
    if reply.facts:
        known = " · ".join(f"{fact.label}: {fact.shown}" for fact in reply.facts)
        console.print(f"[dim]({known})[/dim]", highlight=False)
    if reply.intro:
        console.print(reply.intro, highlight=False, markup=False)
    body = "\n\n".join(filter(None, [reply.text, reply.normal, reply.seek_help]))
    sources = "\n".join(
        f"- {s.organisation}, {s.year or 's. f.'}: {s.title} <{s.url}>" for s in reply.sources
    )
    if reply.kind in ("answer", "danger"):
        content = Markdown(f"{body}\n\n{sources}")
        console.print(Panel(content, title=reply.title, border_style=_COLOURS[reply.urgency]))
    else:
        console.print(body, highlight=False, markup=False)
    for phone in reply.phones:
        console.print(f"  ☎ {phone.number}  {phone.name}", highlight=False, markup=False)
    if reply.agenda:
        console.print(agenda_line(reply, texts), highlight=False, markup=False)
    for index, option in enumerate(reply.options, 1):
        console.print(f"  {index}. {option}", highlight=False, markup=False)
