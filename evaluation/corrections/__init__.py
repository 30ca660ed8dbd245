"""What experts have judged, to take along.

    talks.py        judged conversations, with what nobody disputes
    cases.py        as cases for the study
    examples.py     as examples that are proposed for the tree
    regression.py   as a file that is run against the program, the tree and the navigator of today

Nothing here changes a tree or what is learnt. A conversation's id, which is a key to it, is in no
file.
"""
