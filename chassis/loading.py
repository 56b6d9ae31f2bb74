"""Loading a program: thousands of modules, of which nearly everything stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Around the imports of a program, and what composes it.

    The collector would look at all that is there again and again while it grows, and find nothing, which takes a fifth
    of the time. What is there in the end it never looks at.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
