"""What the player is told about a submission. Never more hidden tests than allowed, and never a solution."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence

from sge_envs.code.judge import Judgement, Outcome

NO_CODE = (
    "There is no Python program in your message: put the whole program into a fenced block, or under the header "
    '"### Code".'
)
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")  # of objects: they differ from run to run
_LONGEST = 48  # characters of a list of test numbers


def choose_shown(judgement: Judgement, revealed: Collection[int], limit: int) -> int | None:
    """The number of the failed test to show: the first, unless ``limit`` tests were revealed and it is none of them."""
    if judgement.broken:
        return None
    if len(revealed) < limit:
        return next(iter(judgement.failed), None)
    return next((number for number in judgement.failed if number in revealed), None)


def write_feedback(judgement: Judgement, shown: int | None) -> str:
    """The verdict in words: what broke, or test number ``shown``, and which tests failed."""
    total, failed = len(judgement.outcomes), judgement.failed
    if not failed:
        return f"All {total} tests passed."
    if judgement.broken:
        what = "The program is not Python" if judgement.syntax else "The program ended before any test"
        return f"{what}:\n{judgement.broken}\nNone of the {total} tests passed."
    parts = [] if shown is None else [_write_test(shown, judgement.outcomes[shown - 1])]
    return "\n".join([*parts, f"{len(failed)} of {total} tests failed: {list_numbers(failed)}."])


def name_outcome(judgement: Judgement | None) -> str:
    """A short id of the set of failed tests: equal for equal sets."""
    if judgement is None:
        return "no program"
    if not judgement.failed:
        return "passed"
    numbers = list_numbers(judgement.failed)
    if len(numbers) > _LONGEST:
        numbers = f"{len(judgement.failed)} tests {hashlib.sha256(numbers.encode()).hexdigest()[:12]}"
    return f"failed {numbers}"


def list_numbers(numbers: Sequence[int]) -> str:
    """Ascending numbers as ``1-3, 7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _write_test(number: int, outcome: Outcome) -> str:
    parts = [f"Test {number} failed.", _named("Test", outcome.given)]
    if outcome.expected:
        parts.append(_named("Expected", outcome.expected))
    parts.append(outcome.got.rstrip())
    if outcome.printed.strip():
        parts.append(_named("Printed meanwhile", _ADDRESS.sub("0x...", outcome.printed)))
    return "\n".join(parts)


def _named(name: str, text: str) -> str:
    """One line stays beside its name; more lines begin below it."""
    bare = text.strip("\n")
    return f"{name}:\n{bare}" if "\n" in bare else f"{name}: {bare}"
