"""Data inside a page or a script, where no text of a model or an environment can become markup or code."""

from __future__ import annotations

import json
from typing import Any

_MARKUP = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def safe_json(value: Any) -> str:
    """JSON in plain ASCII without ``<``, ``>`` and ``&``: it can neither end a script element nor open a comment in one,
    and has none of the line ends that JavaScript knows and JSON does not.
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":")).translate(_MARKUP)
