"""What the formats of programming contests have in common: programs and functions with inputs and outputs as text."""

from __future__ import annotations

from collections.abc import Mapping

from sge_envs.code.problem import Difficulty

CASE_SECONDS = 4.0
"""The limit of one test. Contests give a few seconds for each, where the paper's problems have 2 for all."""

SUBMISSION_SECONDS = 30.0
IMPORTS = """\
import bisect, collections, copy, datetime, functools, heapq, itertools, json, math, operator, random, re, string, sys
from bisect import *
from collections import *
from copy import *
from functools import *
from heapq import *
from itertools import *
from math import *
from operator import *
from typing import *
"""
"""What such solutions take for granted, as their own judges import it for them."""

DIFFICULTIES: Mapping[str, Difficulty] = {
    "easy": "easy",
    "medium": "medium",
    "hard": "hard",
    "introductory": "easy",
    "interview": "medium",
    "competition": "hard",
}
"""The data sets' own words in ours."""


def entry_of(name: str, starter: str) -> str:
    """How the function is reached: a method of ``Solution`` where the starter code says so."""
    return f"Solution().{name}" if "class Solution" in starter else name


def statement_of(text: str, starter: str, *, program: bool) -> str:
    """The whole text of a contest's problem."""
    if starter.strip():
        return f"{text.strip()}\n\nComplete this code:\n```python\n{starter.rstrip()}\n```"
    return f"{text.strip()}\n\nWrite a program that reads standard input and prints the answer." if program else text
