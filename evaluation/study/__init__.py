"""The comparative study: systems talk with the same simulated mothers, and statistics tell.

    plan ──▶ run ──▶ attempts.jsonl ──▶ metrics ──▶ significance ──▶ report
              │ begins
              ▼
    a system × a mother ──▶ talk ──▶ Attempt

`attempt` is what is kept of one conversation; all that is measured is measured from it. `system`
is what a conversation can be had with; `systems/` has one file each.
"""
