"""A small record of made-up conversations: the list over it is fast, and is what was written."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evaluation.generated_talks import made_up
from evaluation.panel_load import measure
from records.database import RecordError
from records.digest import Digest, topics_entered
from records.store import Records

SAID = ("Tengo fiebre y me duele el pecho", "Mi bebé no quiere mamar", "¿Toma ranitidina?")
TOPICS = ("dolor", "mastitis")
COUNT = 3000


def test_three_thousand_conversations_are_listed_in_a_moment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/records.db"
    measured = measure(url, COUNT, SAID, TOPICS, lambda _text: None, times=3)
    assert len(measured) > 25
    assert [item.name for item in measured if item.p99 > 300] == []  # ms; 3 to 10 when quiet

    with closing(Records.open(url)) as records:
        [listed] = records.conversations(limit=1, offset=COUNT // 2)
        events = [recorded.event for recorded in records.events(listed.thread)]
        digest = Digest().after(events)
        assert {name: getattr(listed, name) for name in vars(digest)} == vars(digest)
        assert set(listed.topics) == topics_entered(events)
        with pytest.raises(RecordError, match="has 3000 conversations: an empty one is filled"):
            measure(url, COUNT, SAID, TOPICS, lambda _text: None)


def test_the_same_seed_makes_up_the_same() -> None:
    now = datetime.now(UTC)
    one, again, other = (list(made_up(20, SAID, TOPICS, seed, now)) for seed in (1, 1, 2))
    assert one == again != other
