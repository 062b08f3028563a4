"""ExtractAction: what a model writes around its action stays outside the environment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_envs import FreeText, UnknownOption
from sge_envs.texts import as_text
from sge_wrappers.layer import Info, Layer, Step, text_env

Extractor = Callable[[str], str | None]
"""The action in a model's text, or None where there is none."""

_FENCE = re.compile(r"^```[^\n`]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_TRIES = 100  # opening braces that are looked at


def fenced_block(text: str) -> str | None:
    """The last block between lines of three backticks."""
    blocks = _FENCE.findall(text)
    return blocks[-1].strip() if blocks else None


def last_line(text: str) -> str | None:
    """The last line that is not blank."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else None


@dataclass(frozen=True, slots=True)
class Tagged:
    """What stands in the last ``<name>...</name>``."""

    name: str = "action"

    def __call__(self, text: str) -> str | None:
        end = text.rfind(f"</{self.name}>")
        opening = f"<{self.name}>"
        start = text.rfind(opening, 0, max(end, 0))
        return text[start + len(opening) : end].strip() if start >= 0 else None

    def __str__(self) -> str:
        return f"between <{self.name}> and </{self.name}>"


@dataclass(frozen=True, slots=True)
class JsonField:
    """The text in this field of the last JSON object that has it; only the last 100 opening braces are tried."""

    name: str = "action"

    def __call__(self, text: str) -> str | None:
        decoder = json.JSONDecoder()
        found, end = None, 0
        for brace in [match.start() for match in re.finditer(r"\{", text)][-_TRIES:]:
            if brace < end:  # inside the object before
                continue
            try:
                value, end = decoder.raw_decode(text, brace)
            except (ValueError, RecursionError):  # no object begins here
                continue
            if isinstance(value.get(self.name), str):
                found = str(value[self.name])
        return found

    def __str__(self) -> str:
        return f'as the field "{self.name}" of a JSON object'


class ExtractAction(Layer):
    """Passes on only the action that ``extract`` finds: :class:`Tagged`, :class:`JsonField`, :func:`fenced_block`,
    :func:`last_line`, or any function from a text to a text or None.

    Where it finds none, the environment is not stepped: the observation is ``failure``, which also becomes
    ``info["action_error"]``, and the reward is 0. Such a failure costs a turn, so that the environment's horizon ends a
    model that never finds the form; ``costs_turn=False`` makes it free. ``max_failures`` ends the episode, truncated,
    at that many failures. An environment that is no ``TextEnv`` has no turns to spend: it needs both.

    Examples:
        >>> import gymnasium
        >>> env = ExtractAction(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"), Tagged("action"))
        >>> _ = env.reset(seed=0)
        >>> env.step("The microwave first. <action>go to microwave 1</action>")[0]
        'You arrive at microwave 1. The microwave 1 is closed.'
        >>> env.step("go to fridge 1")[4]["action_error"]
        'No action was found: write it between <action> and </action>.'

    Snapshots carry the failures so far and the text of the last one.

    Raises:
        UnknownOption: ``max_failures`` is below 1, or failures of a foreign environment are not bounded.
    """

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        extract: Extractor = Tagged(),
        *,
        failure: str | None = None,
        costs_turn: bool = True,
        max_failures: int | None = None,
        max_chars: int = 65_536,
    ) -> None:
        RecordConstructorArgs.__init__(
            self,
            extract=extract,
            failure=failure,
            costs_turn=costs_turn,
            max_failures=max_failures,
            max_chars=max_chars,
        )
        super().__init__(env)
        if max_failures is not None and max_failures < 1:
            raise UnknownOption(f"Expected max_failures of at least 1, or None, got {max_failures}.")
        if text_env(env) is None and (costs_turn or max_failures is None):
            raise UnknownOption(
                f"{env} is no TextEnv and cannot spend a turn without an action: "
                "pass costs_turn=False and max_failures=10, for example."
            )
        self.action_space = FreeText(max_chars)
        self._extract = extract
        self._failure = failure or f"No action was found: write it {_where(extract)}."
        self._costs_turn = costs_turn
        self._max_failures = max_failures
        self._max_chars = max_chars
        self._failures = 0
        self._answer: str | None = None  # of the last turn, if it was a failure
        self._info: Info = {}

    def step(self, action: str) -> Step:
        self._check_live()
        action = as_text(action)
        found = self._extract(action) if len(action) <= self._max_chars else None
        if found is None:
            return self._fail(action)
        self._answer = None
        observation, reward, terminated, truncated, info = self.env.step(found)
        self._info, self._over = info, terminated or truncated
        return observation, float(reward), terminated, truncated, info

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._failures, self._answer, self._info = 0, None, info
        return observation

    def _state(self) -> Info:
        return {"failures": self._failures, "answer": self._answer}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        self._failures, self._info = int(state["failures"]), info
        self._answer = None if state["answer"] is None else str(state["answer"])
        return observation if self._answer is None else self._answer

    def _fail(self, action: str) -> Step:
        self._failures += 1
        answer = self._failure
        if len(action) > self._max_chars:
            answer = (
                f"The text was not read: it has {len(action)} characters, and at most {self._max_chars} are allowed."
            )
        self._answer = answer
        base = text_env(self)
        if base is not None and self._costs_turn:
            step = base.skip_turn(answer, answer)
        else:
            step = answer, 0.0, False, False, {**self._info, "action_error": answer}
        observation, reward, terminated, truncated, info = step
        if not (terminated or truncated) and self._failures == self._max_failures:
            return observation, reward, False, True, self._end(info)
        return observation, reward, terminated, truncated, info


def _where(extract: Extractor) -> str:
    """How to write the action, for the model."""
    if extract is fenced_block:
        return "between two lines of three backticks"
    if extract is last_line:
        return "on the last line"
    return str(extract) if isinstance(extract, (Tagged, JsonField)) else "in the form that you were told"
