"""What the experts' panel learns: counts of the record, with the tree, as figures and suggestions.

records/learnt/sums.py ──▶ figures.py ──▶ suggestions.py (rules.py, multiple.py)
                  tree ──▶ gain.py
"""
