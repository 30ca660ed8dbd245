"""Starts the web application from the settings and stops everything it started."""

import gc
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from importlib import import_module

from agent.mail import Mailer
from agent.models.prices import read_prices
from agent.models.providers import destinations
from agent.service import open_service
from agent.settings import Settings
from records.clients import Clients
from records.handoffs import HandOffs
from tools.collector import resting
from tools.errors import SettingsError
from tools.tree import Tree
from ui.experts.served import panel_is_served


def run(settings: Settings, say: Callable[[str], None], draft: Tree | None = None) -> None:
    """Serve until a signal comes; a `draft` in place of the tree in use, and says that it is one.

    Raises SettingsError when the port is taken; GraphUnavailable, RecordError and others from
    what it starts.
    """
    port = _port(settings.ui_host, settings.ui_port)
    prices = read_prices(settings.prices_file)
    protected = panel_is_served(settings)
    with ExitStack() as stack:
        starting = stack.enter_context(ExitStack())
        starting.enter_context(resting())
        # Importing Gradio and starting the graph take seconds each: side by side they take one's.
        with ThreadPoolExecutor(1) as importer:
            loading = importer.submit(import_module, "ui.app")
            # Waited for before the tree is read: two threads that parse Python code at once
            # crash CPython 3.11 now and then (its issue 106905).
            service = stack.enter_context(
                open_service(settings, say, loading.result, draft, person=protected)
            )
        from ui.api.app import PREFIX, create_api
        from ui.api.parts import Parts
        from ui.api.streams import Streams
        from ui.app import create_app, serve
        from ui.chat import Visits
        from ui.experts.assembly import experts_pages, open_panel
        from ui.experts.ways import INBOX
        from ui.hers.person import People
        from ui.visits import Limits

        texts = service.assistant.texts
        if draft is not None:
            notice = texts("chat.preview", title=draft.title)
            texts = texts.replacing({"chat.tagline": notice})
        clients = stack.enter_context(closing(Clients.open(settings.chosen_records_url)))
        served = api_is_served(settings, clients)
        streams = Streams()
        people = None
        beside = []
        access = None
        if protected:
            panel = stack.enter_context(open_panel(settings, service.records))
            access = panel.access
            mailer = Mailer(settings, texts, INBOX) if settings.mail_server else None
            people = People(
                stack.enter_context(closing(HandOffs.open(settings.chosen_records_url))),
                settings.hand_off_hours,
                mailer.tell if mailer else lambda _sent: None,
                mails_summary=mailer is not None and settings.mail_summary,
            )
            beside = experts_pages(panel, service, people.hand_offs, texts, prices)
        limits = Limits(
            settings.visitor_rate,
            settings.address_rate,
            settings.most_waiting,
            lambda: service.assistant.under_way + service.private.under_way,
        )
        app = create_app(
            Visits(service.assistant, service.private, limits, texts, settings.country, protected),
            texts,
            country=settings.country,
            access=access,
            on_stop=stack.close,
            parts={
                "graph": lambda: service.store.active(settings.tree),
                "record": service.records.check,
            },
            api=create_api(Parts.of(service, clients, streams)) if served else None,
            model=", ".join(destinations(settings)) or None,
            people=people,
            keep_days=settings.keep_days,
            beside_experts=beside,
        )
        say(f"open http://{settings.ui_host}:{port} in a browser; Ctrl-C stops")
        if not protected:
            say(
                "the experts' page is off: set NODRIZA_EXPERTS_PASSWORD, or make an account with"
                " nodriza users add, to serve it"
            )
        if served:
            say(f"the HTTP API is at {PREFIX}, described at {PREFIX}/docs")
        starting.close()
        gc.freeze()  # what there is now stays: it is not looked through any more
        serve(app, settings.ui_host, port, streams)


def api_is_served(settings: Settings, clients: Clients) -> bool:
    """Whether programs may call: as it is set, else when any of them has a key."""
    return clients.has_keys() if settings.api is None else settings.api


def _port(host: str, wanted: int) -> int:
    """The port to listen on; a free one for 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {host}:{wanted} ({error.strerror}): choose another port with"
                " NODRIZA_UI_PORT or --port (0 takes a free one)"
            ) from error
        return int(probe.getsockname()[1])
