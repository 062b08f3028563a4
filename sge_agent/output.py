"""The output of the command line, which may have no reader any more, no room, or an encoding that lacks signs."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def forgiving_output() -> Iterator[None]:
    """Writes out what was printed at the end of the block, and not when Python ends, where nothing could be told of it.

    Signs that the encoding lacks become question marks. After an ``OSError``, which goes on, what cannot be written is
    thrown away: Python would try again, and complain, when it ends.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError:
        try:
            sys.stdout.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
        raise
