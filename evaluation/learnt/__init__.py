"""What the experts' panel learns: counts of the record, with the tree, as figures and suggestions.

records/learnt/sums.py ──▶ figures.py ──▶ suggestions.py (multiple.py)  ──▶ picture.py
                  tree ──▶ gain.py        examples.py
"""
