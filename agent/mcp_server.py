"""`nodriza mcp`: the tree of the settings, over MCP. No record is opened and nothing is written."""

from datetime import date
from typing import TYPE_CHECKING

from agent.brains import Brains
from agent.danger.guard import Guard
from agent.danger.redflags import Catalogue, read_catalogue
from agent.service import Progress, ensure_tree, learning, make_encoder, make_guard, open_store
from agent.settings import Settings
from tools.errors import MissingExtra
from tools.locate import Locator
from tools.store import TreeStore

if TYPE_CHECKING:
    from tools.mcp import Danger


class _Shelf:
    """The tree in use, and the guard before it."""

    def __init__(self, brains: Brains, guard: Guard, catalogue: Catalogue) -> None:
        self._brains = brains
        self._guard = guard
        self._catalogue = catalogue

    @property
    def store(self) -> TreeStore:
        return self._brains.store

    def version(self) -> str:
        return self._brains.active()

    def locator(self, version: str) -> Locator:
        return self._brains.of(version).locator

    def danger(self, text: str) -> "Danger | None":
        from tools.mcp import Danger

        found = self._guard.screen(text, {}, today=date.today())
        if found.sign is None:
            return None
        sign = self._catalogue.by_id[found.sign]
        steps = "\n".join(f"- {step}" for step in sign.do)
        sources = [source for source in self._catalogue.sources if source.id in sign.sources]
        return Danger(
            level="ask" if found.level == "none" else found.level,
            title=sign.title,
            text=found.check or f"{sign.say}\n\n{steps}",
            sources=sources,
        )


def serve_mcp(settings: Settings, say: Progress, http: tuple[str, int] | None) -> None:
    """Serve until the client hangs up (standard input and output), or at an HTTP host and port.

    Raises SettingsError when the package is missing; GraphUnavailable, UnknownTree.
    """
    try:
        from tools.mcp import make_server
    except ImportError as error:
        raise MissingExtra("nodriza mcp", "mcp", error) from error
    with open_store(settings, say) as store:
        if settings.graph_uri is None:
            ensure_tree(settings, store, say)
        catalogue = read_catalogue(settings.trees_folder / "redflags.yaml")
        language = store.active(settings.tree).language
        encoder = make_encoder(settings)
        brains = Brains(store, settings.tree, language, encoder, learning(settings, say))
        guard = make_guard(settings, catalogue, language, encoder, say)
        brains.of(brains.active())
        server = make_server(_Shelf(brains, guard, catalogue))
        if http is None:
            say("reading MCP from standard input; Ctrl-C stops")
            server.run("stdio")
        else:
            host, port = http
            say(f"MCP is at http://{host}:{port}/mcp; Ctrl-C stops")
            server.run("streamable-http", host=host, port=port)
