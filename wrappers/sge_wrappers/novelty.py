"""NoveltyBonus: a reward for states that were seen seldom, counted by ``info["state_key"]``."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_envs import UnknownOption
from sge_wrappers.layer import Info, Layer, Step

Scope = Literal["global", "episode", "both"]
Key = Callable[[Info], str | None]
"""The state in an ``info``; None where it is opaque, and then there is no bonus."""


def task_and_state(info: Info) -> str | None:
    """The default key: ``state_key`` within the task, since equal keys of two tasks mean nothing."""
    if "state_key" not in info:
        raise UnknownOption("The info has no 'state_key': pass NoveltyBonus a function, key=..., that finds the state.")
    return None if info["state_key"] is None else f"{info.get('task_id', '')}\n{info['state_key']}"


class NoveltyBonus(Layer):
    """Adds ``weight`` times the bonus of the state just reached to the reward; ``info["bonus"]`` is the bonus itself.

    With n visits to the state, this one included, the bonus is

    * ``scope="global"``: 1 / sqrt(n), over all episodes (Tang et al. 2017, arXiv:1611.04717);
    * ``scope="episode"``: 1 / sqrt(n), over this episode alone (Raileanu & Rocktäschel 2020, arXiv:2002.12292);
    * ``scope="both"``: the global one at the first visit of an episode, else 0; Henaff et al. 2023 (arXiv:2306.03236)
      compare such products.

    The state that ``reset`` shows counts as visited. A turn with an ``action_error`` earns and counts nothing.
    ``weight=0`` leaves the reward alone. Counts belong to this environment; those over all episodes are saved and
    restored by ``novelty_state`` and ``load_novelty_state``. To evaluate, switch counting and bonus off:
    ``env.set_wrapper_attr("bonus_on", False)``.

    Examples:
        >>> import gymnasium
        >>> env = NoveltyBonus(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"), scope="episode")
        >>> _ = env.reset(seed=0)
        >>> [env.step(action)[1] for action in ("go to microwave 1", "open microwave 1", "close microwave 1")]
        [1.0, 1.0, 0.7071067811865475]

    Snapshots carry the counts of the episode, not those over all episodes, which no episode takes back. From a snapshot
    of the bare environment an episode's counts begin anew.

    Raises:
        UnknownOption: there is no such scope; from ``reset`` and ``step``, ``info`` has no ``state_key`` and no ``key``
            was passed.
    """

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        *,
        scope: Scope = "global",
        weight: float = 1.0,
        key: Key = task_and_state,
        bonus_on: bool = True,
    ) -> None:
        RecordConstructorArgs.__init__(self, scope=scope, weight=weight, key=key, bonus_on=bonus_on)
        super().__init__(env)
        if scope not in get_args(Scope):
            raise UnknownOption(f"Expected a scope among {', '.join(get_args(Scope))}, got {scope!r}.")
        self.bonus_on = bonus_on
        self._scope = scope
        self._weight = weight
        self._key = key
        self._ever: Counter[str] = Counter()
        self._here: Counter[str] = Counter()
        self._bonus = 0.0  # of the last turn

    def step(self, action: str) -> Step:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._bonus = 0.0 if "action_error" in info else self._visit(info)
        paid = float(reward) + self._weight * self._bonus
        return observation, paid, terminated, truncated, {**info, "bonus": self._bonus}

    def novelty_state(self) -> dict[str, int]:
        """The counts over all episodes, by a hash of the key: JSON data."""
        return dict(self._ever)

    def load_novelty_state(self, state: Mapping[str, int]) -> None:
        """Continue counting where ``novelty_state`` was taken."""
        self._ever = Counter({str(digest): int(number) for digest, number in state.items()})

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._here.clear()
        self._visit(info)
        self._bonus = info["bonus"] = 0.0
        return observation

    def _state(self) -> Info:
        return {"here": dict(self._here), "bonus": self._bonus}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        self._here = Counter({str(digest): int(number) for digest, number in state["here"].items()})
        self._bonus = info["bonus"] = float(state["bonus"])
        return observation

    def _visit(self, info: dict[str, Any]) -> float:
        """Count the state of ``info``; its bonus."""
        key = self._key(info) if self.bonus_on else None
        if key is None:
            return 0.0
        digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        self._here[digest] += 1
        if self._scope != "episode":
            self._ever[digest] += 1
        if self._scope == "both" and self._here[digest] > 1:
            return 0.0
        return 1 / math.sqrt(self._here[digest] if self._scope == "episode" else self._ever[digest])
