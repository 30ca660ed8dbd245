"""The child of test_kill: a house that talks its way through a script until it is killed.

It does what the mothers' page does after a restart: follow the turn that was cut, read the
history, and send again, under the same id, the message that has no answer. It says in its pipe
what it is about to do, so that the parent can choose the moment.
"""

from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from agent.service import open_service
from agent.settings import load_settings
from records.events import FactCorrected, MessageReceived, Replied

FORGET = "forget "
"""A line of the script that begins with it removes a fact."""


def talk(settings: dict[str, Any], thread: str, script: Sequence[str], pipe: Connection) -> None:
    """Go on with the script where the record says that it stands, to its end."""
    with open_service(load_settings(**settings)) as house:
        assistant = house.assistant
        pipe.send(("following", None))
        followed = assistant.follow(thread)
        if followed is not None:
            reply = list(followed)[-1]
            assert isinstance(reply, Replied)
        pipe.send(("followed", followed is not None))
        said = assistant.history(thread)
        messages = sum(isinstance(event, MessageReceived | FactCorrected) for event in said)
        replies = sum(isinstance(event, Replied) for event in said)
        assert assistant.turns(thread) == messages
        for number in range(replies, len(script)):
            line = script[number]
            pipe.send(("sent", number))
            if line.startswith(FORGET):
                events = assistant.correct(thread, str(number), line.removeprefix(FORGET))
            else:
                events = assistant.reply(thread, str(number), line)
            assert isinstance(list(events)[-1], Replied)
            pipe.send(("answered", number))
    pipe.send(("over", None))


def prepared(folder: Path, server: dict[str, Any]) -> dict[str, Any]:
    """The settings of a child; without a server it has the embedded graph to itself."""
    return {"data_folder": folder, "navigator": "semantic", **server}
