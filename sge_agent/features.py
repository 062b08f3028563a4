"""What exploration methods may ask to know about an update's tokens: computed once, before the weights move.

The names, shapes and meanings are listed in :mod:`sge_agent.exploration.base`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from sge_agent.batch import Batch, Row, micro_batches
from sge_agent.exploration.base import Feature
from sge_agent.losses import entropies, nucleus_entropies
from sge_agent.policy import Reader
from sge_agent.settings import did_you_mean
from sge_agent.types import Group, Trajectory

FROZEN = "@frozen"
REFERENCE = "logprobs@frozen"
"""The feature of the rows that are trained; all others are features of trajectories."""

TOP_P = "entropy.top_p="
"""Beginning of the names of entropies of the most likely tokens; what follows is their share."""

_BASE = ("entropy", "hidden.last", "hidden.mean", "hidden.tokens")
KNOWN = frozenset({REFERENCE, *_BASE, *(name + FROZEN for name in _BASE)})


@dataclass(frozen=True, slots=True)
class Features:
    """Computes features with the models that they are of.

    ``frozen`` is the model as it was before training, None where nobody asks for it; ``max_tokens`` and ``max_trained``
    bound a forward pass.
    """

    model: Reader
    frozen: Reader | None
    max_tokens: int
    max_trained: int
    device: torch.device

    def of(self, groups: Sequence[Group], name: str) -> Feature:
        """One feature of whole episodes. Raises ``ValueError`` for a name that there is not."""
        what = name.removesuffix(FROZEN)
        share = _share(what)
        if what not in _BASE and share is None:
            raise ValueError(f"there is no feature {name!r}{did_you_mean(name, KNOWN)}")
        reader = self._reader(name)
        if share is not None:
            return self._each(groups, lambda batch: nucleus_entropies(_log_softmax(reader, batch), share))
        if what != "entropy":
            return self._read(groups, _SPOTS[what], lambda batch: _states(reader, batch))
        if reader is self.model and all(_has_entropies(t) for group in groups for t in group.trajectories):
            return [[_recorded_entropies(t) for t in group.trajectories] for group in groups]
        return self._each(groups, lambda batch: entropies(_log_softmax(reader, batch)))

    def _each(self, groups: Sequence[Group], values: Callable[[Batch], torch.Tensor]) -> Feature:
        """One number ``values`` [K] for every token."""
        found = self._read(groups, _every_token, lambda batch: values(batch)[:, None])
        return [[array[:, 0] for array in own] for own in found]

    def with_reference(self, rows: Sequence[Row]) -> list[Row]:
        """The rows with the frozen model's log-probability of each trained token among their extras."""
        reader = self._reader(REFERENCE)
        found: dict[int, np.ndarray] = {}
        for batch in self._batches(rows):
            with torch.no_grad():
                log_p = _log_softmax(reader, batch)
                chosen = log_p.gather(1, batch.targets[:, None])[:, 0].cpu().numpy().astype(np.float64)
            places = batch.rows.cpu().numpy()
            found |= {int(i): chosen[places == i] for i in np.unique(places)}
        return [replace(row, extras={**row.extras, REFERENCE: found[i]}) for i, row in enumerate(rows)]

    def _reader(self, name: str) -> Reader:
        if not name.endswith(FROZEN):
            return self.model
        if self.frozen is None:
            raise ValueError(f"{name!r} needs the model as it was before training: give the learner a reference")
        return self.frozen

    def _batches(self, rows: Sequence[Row]) -> Iterator[Batch]:
        return micro_batches(rows, max_tokens=self.max_tokens, max_trained=self.max_trained, device=self.device)

    def _read(
        self, groups: Sequence[Group], spots: Callable[[Trajectory], _Spots], values: Callable[[Batch], torch.Tensor]
    ) -> Feature:
        """The mean of ``values`` [K, width] over the tokens of each slot, as [slots, width] for each trajectory."""
        trajectories = [t for group in groups for t in group.trajectories]
        places = [spots(t) for t in trajectories]
        rows = [row for n, (t, spot) in enumerate(zip(trajectories, places, strict=True)) for row in _rows(t, spot, n)]
        sums: list[np.ndarray | None] = [None] * len(trajectories)
        width = 0
        for batch in self._batches(rows):
            with torch.no_grad():
                found = values(batch).cpu().numpy().astype(np.float64)
            width = found.shape[1]
            numbers = np.array([rows[i].sequence for i in batch.rows.tolist()])
            slots = batch.extras["slot"].cpu().numpy().astype(np.int64)
            for n in np.unique(numbers):
                own, total = numbers == n, sums[n]
                total = np.zeros((places[n].count, width)) if total is None else total
                np.add.at(total, slots[own], found[own])
                sums[n] = total
        means = iter(_divided(total, spot, width) for total, spot in zip(sums, places, strict=True))
        return [[next(means) for _ in group.trajectories] for group in groups]


@dataclass(frozen=True, slots=True)
class _Spots:
    """Which tokens of a trajectory are looked at: number ``tokens`` (among its sampled ones), for slot ``slots``."""

    tokens: np.ndarray
    slots: np.ndarray
    count: int


def _every_token(trajectory: Trajectory) -> _Spots:
    numbers = np.arange(trajectory.sampled_tokens)
    return _Spots(numbers, numbers, len(numbers))


def _one_mean(trajectory: Trajectory) -> _Spots:
    numbers = np.arange(trajectory.sampled_tokens)
    return _Spots(numbers, np.zeros_like(numbers), 1)


def _ends_of_actions(trajectory: Trajectory) -> _Spots:
    tokens, slots, seen = [], [], 0
    for number, turn in enumerate(trajectory.turns):
        last = None
        for segment in turn.segments:
            seen += segment.end - segment.start
            if segment.role == "action" and segment.end > segment.start:
                last = seen - 1
        if last is not None:
            tokens.append(last)
            slots.append(number)
    return _Spots(np.array(tokens, dtype=np.int64), np.array(slots, dtype=np.int64), len(trajectory.turns))


_SPOTS: dict[str, Callable[[Trajectory], _Spots]] = {
    "hidden.last": _ends_of_actions,
    "hidden.mean": _one_mean,
    "hidden.tokens": _every_token,
}


def _rows(trajectory: Trajectory, spots: _Spots, number: int) -> Iterator[Row]:
    """One row for each context that holds a token to look at; its slots are among the extras."""
    segments = trajectory.segments
    context = np.repeat([s.context for s in segments], [s.end - s.start for s in segments])
    place = np.concatenate([np.arange(s.start, s.end) for s in segments] or [np.zeros(0, dtype=np.int64)])
    heat = np.array([t for s in segments for t in s.temperatures])
    for c in np.unique(context[spots.tokens]).tolist():
        own = context[spots.tokens] == c
        numbers = spots.tokens[own]
        at = place[numbers]
        nothing = np.zeros(len(at))
        yield Row(
            tokens=trajectory.contexts[c].tokens[: at[-1] + 1],
            at=at,
            old_logprobs=nothing,
            advantages=nothing,
            temperatures=heat[numbers],
            roles=("",) * len(at),
            extras={"slot": spots.slots[own]},
            sequence=number,
        )


def _divided(total: np.ndarray | None, spots: _Spots, width: int) -> np.ndarray:
    counts = np.bincount(spots.slots, minlength=spots.count).astype(np.float64)[:, None]
    counts[counts == 0] = np.nan  # nothing was looked at, so nothing is known
    return (np.zeros((spots.count, width)) if total is None else total) / counts


def _share(what: str) -> float | None:
    """The share that a feature's name asks for, None for other names."""
    try:
        share = float(what.removeprefix(TOP_P)) if what.startswith(TOP_P) else 0.0
    except ValueError:
        return None
    return share if 0 < share <= 1 else None


def _states(reader: Reader, batch: Batch) -> torch.Tensor:
    """[K, width]: the states that have read the token itself, one position behind those that predict it."""
    return reader.forward_hidden(batch.ids, batch.attention_mask, batch.keep.roll(1, dims=1))


def _log_softmax(reader: Reader, batch: Batch) -> torch.Tensor:
    logits = reader.forward_logits(batch.ids, batch.attention_mask, batch.keep)
    return (logits / batch.temperatures[:, None]).log_softmax(-1)


def _has_entropies(trajectory: Trajectory) -> bool:
    return all(len(s.entropies) == s.end - s.start for s in trajectory.segments)


def _recorded_entropies(trajectory: Trajectory) -> np.ndarray:
    return np.array([e for s in trajectory.segments for e in s.entropies], dtype=np.float64)
