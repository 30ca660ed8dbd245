"""A small record of made-up conversations is what was written, and is measured.

That its pages are fast is measured by `nodriza bench panel`; what they cost, in statements, is a
promise of the record (tests/contract/test_records.py).
"""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evaluation.speed.generated_talks import made_up
from evaluation.speed.panel_load import BUDGET, measure
from records.database import RecordError
from records.digest import Digest, topics_entered
from records.store import Records

SAID = ("Tengo fiebre y me duele el pecho", "Mi bebé no quiere mamar", "¿Toma ranitidina?")
TOPICS = ("dolor", "mastitis")
COUNT = 300


def test_a_record_is_filled_with_what_was_made_up_and_measured(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/records.db"
    measured = measure(url, COUNT, SAID, TOPICS, lambda _text: None, times=1)
    assert len(measured) > 25
    assert all(item.median > 0 and item.budget == BUDGET for item in measured)

    with closing(Records.open(url)) as records:
        [listed] = records.conversations(limit=1, offset=COUNT // 2)
        events = [recorded.event for recorded in records.events(listed.thread)]
        digest = Digest().after(events)
        assert {name: getattr(listed, name) for name in vars(digest)} == vars(digest)
        assert set(listed.topics) == topics_entered(events)
        with pytest.raises(RecordError, match="has 300 conversations: an empty one is filled"):
            measure(url, COUNT, SAID, TOPICS, lambda _text: None)


def test_the_same_seed_makes_up_the_same() -> None:
    now = datetime.now(UTC)
    one, again, other = (list(made_up(20, SAID, TOPICS, seed, now)) for seed in (1, 1, 2))
    assert one == again != other
