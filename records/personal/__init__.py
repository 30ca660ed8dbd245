"""Personal data in what mothers write: found, and masked character by character.

What experts need stays: ages, weights, temperatures, days, drugs.
"""

from records.personal.masking import Masker
from records.personal.names import names_in
from records.personal.numbers import data_in

__all__ = ["Masker", "data_in", "names_in"]
