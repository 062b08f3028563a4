"""GoalPrompt: the observation becomes a prompt with the goal, the last turns and the admissible actions."""

from __future__ import annotations

from string import Formatter

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_envs import FreeText, UnknownOption
from sge_envs.errors import did_you_mean
from sge_envs.spaces import MAX_LENGTH
from sge_envs.texts import as_text, shorten
from sge_wrappers.layer import Info, Layer, Step

TEMPLATE = """Your goal: {goal}

What happened so far:
{history}

What you see now:
{observation}

What you can do:
{actions}"""

FIELDS = ("goal", "history", "observation", "actions")


class GoalPrompt(Layer):
    """Fills ``template``, whose fields are ``{goal}``, ``{history}``, ``{observation}`` and ``{actions}``.

    ``history`` are the last ``turns`` turns, ``actions`` the admissible ones, a line for each ("(any text)" where the
    environment does not list them). A prompt longer than ``max_chars`` gives up turns first, then its middle.

    Examples:
        >>> import gymnasium
        >>> env = gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy")
        >>> env = GoalPrompt(env, template="To do: {goal}\\n{history}\\nNow: {observation}", turns=1)
        >>> _ = env.reset(seed=0)
        >>> _ = env.step("go to microwave 1")
        >>> print(env.step("open microwave 1")[0])
        To do: clean some potato and put it in microwave.
        You arrive at microwave 1. The microwave 1 is closed.
        > open microwave 1
        Now: You open the microwave 1. The microwave 1 is open. In it, you see nothing.

    Snapshots carry the turns. From a snapshot of the bare environment the history begins anew.

    Raises:
        UnknownOption: the template has another field, ``turns`` is negative, ``max_chars`` is below 256; from ``reset``,
            the template asks for a goal and the environment has none in its ``info``.
    """

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        *,
        template: str = TEMPLATE,
        turns: int = 5,
        max_chars: int = MAX_LENGTH,
    ) -> None:
        RecordConstructorArgs.__init__(self, template=template, turns=turns, max_chars=max_chars)
        super().__init__(env)
        self._used = check_template(template, FIELDS)
        if turns < 0 or max_chars < 256:
            raise UnknownOption(f"Expected turns >= 0 and max_chars >= 256, got {turns} and {max_chars}.")
        self.observation_space = FreeText(max_chars)
        self._template = template
        self._keep = turns
        self._max_chars = max_chars
        self._turns: list[tuple[str, str]] = []  # what was seen, what was done
        self._seen = ""

    def step(self, action: str) -> Step:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._turns.append((self._seen, shorten(as_text(action), self._max_chars)))
        self._turns = self._turns[len(self._turns) - self._keep :] if len(self._turns) > self._keep else self._turns
        self._seen = observation
        return self._show(info), float(reward), terminated, truncated, info

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._turns, self._seen = [], observation
        return self._show(info)

    def _state(self) -> Info:
        return {"turns": self._turns, "seen": self._seen}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        self._turns = [(str(seen), str(action)) for seen, action in state["turns"]]
        self._seen = str(state["seen"])
        return self._show(info)

    def _show(self, info: Info) -> str:
        if "goal" in self._used and "goal" not in info:
            raise UnknownOption("The info has no 'goal': leave {goal} out of the template of GoalPrompt.")
        for left_out in range(len(self._turns) + 1):
            text = self._fill(info, self._turns[left_out:])
            if len(text) <= self._max_chars:
                break
        return shorten(text, self._max_chars)

    def _fill(self, info: Info, turns: list[tuple[str, str]]) -> str:
        return self._template.format(
            goal=info.get("goal", ""),
            history="\n".join(f"{seen}\n> {action}" for seen, action in turns) or "(nothing yet)",
            observation=self._seen,
            actions="\n".join(info.get("admissible_actions", ())) or "(any text)",
        )


def check_template(template: str, fields: tuple[str, ...]) -> frozenset[str]:
    """The fields that ``template`` uses.

    Raises:
        UnknownOption: it is no format string, or uses a field that is not among ``fields``.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise UnknownOption(f"The template cannot be read ({error}): write {{{{ and }}}} for braces.") from error
    used = [name for _, name, _, _ in parts if name is not None]
    for name in used:
        if name not in fields:
            raise UnknownOption(f"The template has no field {{{name}}}.{did_you_mean(name, fields)}")
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise UnknownOption("The fields of a template are texts, written without format or conversion: {goal}.")
    return frozenset(used)
