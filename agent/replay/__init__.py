"""A recorded conversation run again, without a model, or another way from one of its turns on.

    recording.py   the record, turn by turn
    tape.py        what stands in for models, budgets and failures: it gives what was recorded
    machine.py     the state machine in memory, one turn at a time
    compare.py     new events against recorded ones
    replay.py      the whole conversation as it was: where does it bite?
    what_if.py     forked at a turn

Nothing here writes to the record.
"""
