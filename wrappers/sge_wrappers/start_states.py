"""StartFromSnapshots: some episodes begin where another one has been before."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_envs import UnknownOption
from sge_wrappers.layer import Info, Layer, Step
from sge_wrappers.streams import STARTS, Stream


@dataclass(slots=True)
class _Start:
    snapshot: bytes
    chosen: int = 0


class StartFromSnapshots(Layer):
    """Begins an episode, with probability ``share``, at a snapshot of its archive; ``info["start"]`` is its name,
    None in an ordinary episode.

    The archive holds the ``snapshots`` given here (named "0", "1", ...) and, with ``collect`` above 0, up to that many of
    states met while playing, named by their ``state_key``. A start is drawn with weight 1 / sqrt(chosen + 1), so that the
    less used are preferred (after Go-Explore, Ecoffet et al. 2021, arXiv:2004.12919); when the archive of met states is
    full, the most used one makes room. Where ``options`` ask for a task, a split or a snapshot, they decide.

    Examples:
        >>> import gymnasium
        >>> env = gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy")
        >>> _ = env.reset(seed=0)
        >>> observation = env.step("go to microwave 1")[0]
        >>> env = StartFromSnapshots(env, [env.unwrapped.snapshot()], share=1.0)
        >>> env.reset(seed=5)[0] == observation
        True

    The draws come from the seed of ``reset``, apart from the environment's stream, and depend on what was chosen and met
    before. Since a snapshot brings its own random
    stream, an ordinary episode after one gets a new seed. Archives belong to one environment; ``archive_state`` and
    ``load_archive_state`` save, restore and share them. Snapshots of an episode carry the stream of draws, not the
    archive.

    Raises:
        UnknownOption: ``share`` is not from 0 to 1, ``collect`` is negative, both would leave the archive empty, or
            the environment takes no snapshots to collect.
    """

    def __init__(
        self,
        env: gymnasium.Env[str, str],
        snapshots: Sequence[bytes] = (),
        *,
        share: float = 0.5,
        collect: int = 0,
    ) -> None:
        RecordConstructorArgs.__init__(self, snapshots=tuple(snapshots), share=share, collect=collect)
        super().__init__(env)
        if not 0 <= share <= 1 or collect < 0 or not (snapshots or collect):
            raise UnknownOption(
                "Expected a share from 0 to 1, and snapshots to start from or collect > 0, "
                f"got share={share}, {len(snapshots)} snapshots and collect={collect}."
            )
        if collect and not env.has_wrapper_attr("snapshot"):
            raise UnknownOption(f"{env} has no snapshot(), so that no states can be collected: pass snapshots instead.")
        self._share = share
        self._collect = collect
        self._given = {str(number): _Start(snapshot) for number, snapshot in enumerate(snapshots)}
        self._met: dict[str, _Start] = {}
        self._stream = Stream(STARTS)
        self._reseed = False  # the env's stream is a snapshot's
        self._start: str | None = None  # of this episode

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, Info]:
        self._stream.begin(seed)
        name = None if options else self._draw()
        if name is not None:
            start = self._archive[name]
            start.chosen += 1
            inner: dict[str, Any] = {"snapshot": start.snapshot}
            self._unwrap(inner)  # an archived episode's stream of draws is not this one's
            observation, info = self.env.reset(seed=seed, options=inner)
            self._over, self._reseed, self._start = False, True, name
            return observation, {**info, "start": name}
        if seed is None and self._reseed and "snapshot" not in (options or {}):
            seed = self._stream.new_seed()
        self._reseed = False
        return super().reset(seed=seed, options=options)

    def step(self, action: str) -> Step:
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self._collect and not (terminated or truncated) and "action_error" not in info:
            self._meet(info)
        return observation, float(reward), terminated, truncated, {**info, "start": self._start}

    def archive_state(self) -> list[dict[str, Any]]:
        """All starts, as JSON data: the given ones first."""
        return [
            {"name": name, "snapshot": base64.b64encode(start.snapshot).decode(), "chosen": start.chosen}
            for name, start in self._archive.items()
        ]

    def load_archive_state(self, state: Iterable[dict[str, Any]]) -> None:
        """Put the starts of ``archive_state`` in the place of this archive."""
        loaded = {row["name"]: _Start(base64.b64decode(row["snapshot"]), int(row["chosen"])) for row in state}
        self._given = {name: start for name, start in loaded.items() if name in self._given}
        self._met = {name: start for name, start in loaded.items() if name not in self._given}

    @property
    def _archive(self) -> dict[str, _Start]:
        return {**self._given, **self._met}

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._start = info["start"] = None
        return observation

    def _state(self) -> Info:
        return {"stream": self._stream.state(), "reseed": self._reseed, "start": self._start}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        self._stream.restore(state["stream"])
        self._reseed = bool(state["reseed"])
        self._start = info["start"] = state["start"]
        return observation

    def _draw(self) -> str | None:
        """The name of a start; None for an ordinary episode."""
        draws = self._stream.rng.random(2)  # two, whatever comes of them
        archive = self._archive
        if not archive or draws[0] >= self._share:
            return None
        weights = [1 / math.sqrt(start.chosen + 1) for start in archive.values()]
        left = float(draws[1]) * sum(weights)
        for name, weight in zip(archive, weights):
            left -= weight
            if left < 0:
                return name
        return next(reversed(archive))

    def _meet(self, info: Info) -> None:
        key = info.get("state_key")
        name = f"{info.get('task_id', '')} {key}"
        if key is None or name in self._met:
            return
        self._met[name] = _Start(self.env.get_wrapper_attr("snapshot")())
        if len(self._met) > self._collect:
            del self._met[max(self._met, key=lambda other: self._met[other].chosen)]  # of equals, the oldest
