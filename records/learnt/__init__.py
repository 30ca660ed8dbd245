"""What the record teaches about the tree's questions and answers.

    events ──fold.py──▶ rows.py ──keep.py──▶ tables.py ──sums.py──▶ counts, for whoever draws them

One row for each time that a question was put, an answer was shown or a message was not understood.
The rows are kept up in the transaction that stores a turn, hold none of her words, and go with the
conversation when it is erased (docs/adr/0018-what-the-panel-learns.md).
"""
