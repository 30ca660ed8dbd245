"""A way to end a computation of llama.cpp from another thread."""

import ctypes
import sys


class Abort:
    """Set once, it ends the call that it was given to: between two layers of the network."""

    def __init__(self) -> None:
        self._text = ctypes.create_string_buffer(2)  # the empty text

    def set(self) -> None:
        """End the call. May come from any thread, and before the call has begun."""
        self._text[0] = b"!"

    @property
    def is_set(self) -> bool:
        """Whether it was set."""
        return bool(self._text.value)

    @property
    def address(self) -> int:
        """What `length_at` is called with."""
        return ctypes.addressof(self._text)


def length_at() -> int:
    """Address of a C function that says whether an Abort is set.

    llama.cpp asks some hundred times for each token. A Python function would wait each time for
    the interpreter's lock, up to 5 ms where other threads compute; C's `strlen` needs no lock, and
    the length of an Abort's text, 0 or 1, is the answer.
    """
    library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
    address = ctypes.cast(library.strlen, ctypes.c_void_p).value
    assert address is not None
    return address
