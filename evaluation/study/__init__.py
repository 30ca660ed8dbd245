"""The comparative study: systems talk with the same simulated mothers, and statistics tell.

    plan ──▶ run ──▶ attempts.jsonl ──▶ measure ──▶ report
              │ begins
              ▼
    a system × a mother ──▶ talk ──▶ Attempt

`attempt` is what is kept of one conversation; all that is measured is measured from it. `system`
is what a conversation can be had with; `systems/` and `mothers/` have one file each. Cases come
from `cases/`, figures from `measure/`, the page from `report/`; `simulation/` is for experts.
"""
