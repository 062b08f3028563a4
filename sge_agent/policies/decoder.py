"""Continuous batching: rows that finish leave the batch, new ones come in, every context keeps its keys and values.

A round is one forward pass. Rows with several unread tokens (a prompt, an observation) read them as one block;
otherwise all rows write one token. What a row draws depends on its own logits and its own random stream only.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from sge_agent.policies.kv_cache import Aim, SlotCache
from sge_agent.policies.sampler import draw
from sge_agent.policies.stops import Stops
from sge_agent.policy import Job, Sample

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(slots=True)
class _Row:
    """A context that has a slot. ``cached`` of its ``tokens`` have been read; ``job`` is None while it waits for its
    next turn.
    """

    context: Hashable
    slot: int
    tokens: list[int]
    cached: int = 0
    job: Job | None = None
    written: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    uniforms: list[float] = field(default_factory=list)
    stops: Stops | None = None


class Decoder:
    """Runs jobs on a causal language model with full attention.

    ``max_rows`` contexts write at once and up to twice as many keep their cache; of those that wait, the one that has
    waited longest is read anew when room is needed. ``drain`` is the share of the running rows that must have
    finished before ``collect`` returns (at least one row): waiting for a few saves forward passes where the
    environment answers at once.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        decode: Callable[[Sequence[int]], str],
        end_tokens: frozenset[int],
        max_length: int,
        max_rows: int = 64,
        drain: float = 0.25,
        block_tokens: int = 16384,
    ) -> None:
        self._model = model
        self._decode = decode
        self._end_tokens = end_tokens
        self._max_length = max_length
        self._max_rows = max_rows
        self._drain = drain
        self._block_tokens = block_tokens
        self._device = model.device
        self._cache = SlotCache(slots=max_rows)
        self._queue: deque[Job] = deque()
        self._rows: dict[Hashable, _Row] = {}  # in the order in which they last became idle or active
        self._slots: list[_Row | None] = [None] * max_rows
        self._active: list[_Row] = []
        self._stops: dict[tuple[str, ...], Stops] = {}

    def submit(self, job: Job) -> None:
        row = self._rows.get(job.context)
        if (row is not None and row.job is not None) or any(job.context == other.context for other in self._queue):
            raise ValueError(
                f"context {job.context!r} has an unfinished job; collect it before submitting the next one"
            )
        if not job.tokens:
            raise ValueError(f"context {job.context!r}: expected at least one token to continue, got none")
        if row is not None:
            shared = min(len(row.tokens), len(job.tokens))
            if row.tokens[:shared] != list(job.tokens[:shared]):
                raise ValueError(
                    f"context {job.context!r}: expected its {len(row.tokens)} tokens to be followed by new ones, or "
                    "some of the last to be gone, but they changed; name a rewritten context differently"
                )
            row.tokens = row.tokens[:shared]
            row.cached = min(row.cached, shared - 1)
        self._queue.append(job)

    def collect(self) -> list[tuple[Hashable, Sample]]:
        done: list[tuple[Hashable, Sample]] = []
        with torch.inference_mode():
            self._admit(done)
            wanted = max(1, math.ceil(self._drain * len(self._active)))
            while len(done) < wanted and self._active:
                done += self._round()
                self._admit(done)
        return done

    def release(self, context: Hashable) -> None:
        self._queue = deque(job for job in self._queue if job.context != context)
        row = self._rows.get(context)
        if row is not None:
            self._drop(row)

    def forget(self) -> None:
        """The weights changed: nothing that was read counts any more."""
        for row in list(self._rows.values()):
            row.cached = 0
            if row.job is None:
                self._drop(row)

    # -- rows in and out

    def _admit(self, done: list[tuple[Hashable, Sample]]) -> None:
        # a block forward for every single newcomer would cost as much as for many at once
        free = self._max_rows - len(self._active)
        if not self._queue or free < min(len(self._queue), max(1, self._max_rows // 4)):
            return
        for _ in range(min(free, len(self._queue))):
            job = self._queue.popleft()
            room = self._max_length - len(job.tokens)
            if room <= 0 or job.sampling.max_tokens <= 0:
                done.append((job.context, Sample((), (), (), "", "length")))
                continue
            row = self._rows.pop(job.context, None) or _Row(job.context, self._free_slot(), [])
            row.tokens = list(job.tokens)
            row.job = job
            count = min(job.sampling.max_tokens, room)
            row.uniforms = np.random.Generator(np.random.Philox(job.rng)).random(count).tolist()
            row.written, row.logprobs, row.entropies = [], [], []
            row.stops = self._stops.setdefault(job.sampling.stop, Stops(job.sampling.stop, self._decode))
            self._rows[job.context] = row
            self._slots[row.slot] = row
            self._active.append(row)
        longest = max((len(row.tokens) + len(row.uniforms) for row in self._active), default=0)
        self._cache.reserve(slots=len(self._slots), length=min(longest, self._max_length) + 1)

    def _free_slot(self) -> int:
        if None not in self._slots:
            if len(self._slots) < 2 * self._max_rows:
                self._slots += [None] * self._max_rows
            else:
                self._drop(next(row for row in self._rows.values() if row.job is None))
        return self._slots.index(None)

    def _drop(self, row: _Row) -> None:
        del self._rows[row.context]
        self._slots[row.slot] = None
        if row.job is not None:
            self._active.remove(row)

    def _finish(self, row: _Row, finish: Literal["stop", "length"]) -> tuple[Hashable, Sample]:
        assert row.job is not None
        sampling = row.job.sampling
        text = row.written[:-1] if row.written[-1] in self._end_tokens else row.written
        sample = Sample(
            tokens=tuple(row.written),
            logprobs=tuple(row.logprobs),
            temperatures=tuple(sampling.temperature_at(i) or 1.0 for i in range(len(row.written))),
            text=self._decode(text),
            finish=finish,
            entropies=tuple(row.entropies),
        )
        row.job = None
        self._rows[row.context] = self._rows.pop(row.context)
        return row.context, sample

    # -- forward passes

    def _round(self) -> list[tuple[Hashable, Sample]]:
        behind = [row for row in self._active if len(row.tokens) - row.cached > 1]
        finished = self._read(behind) if behind else self._write(self._active)
        if finished:
            self._active = [row for row in self._active if row.job is not None]
        return finished

    def _read(self, rows: list[_Row]) -> list[tuple[Hashable, Sample]]:
        """One block per row: its unread tokens. A prompt that several new contexts share is read once."""
        leaders: dict[object, list[_Row]] = {}
        for row in rows:
            key: object = tuple(row.tokens) if row.cached == 0 else row.slot
            leaders.setdefault(key, []).append(row)
        families = sorted(leaders.values(), key=lambda family: len(family[0].tokens) - family[0].cached)
        finished = []
        while families:
            width = len(families[-1][0].tokens) - families[-1][0].cached
            count = max(1, self._block_tokens // width)
            block, families = families[-count:], families[:-count]
            logits = self._block([family[0] for family in block], width)
            for family in block:
                leader = family[0]
                followers = [row.slot for row in family[1:]]
                if followers:
                    self._cache.copy(leader.slot, followers, len(leader.tokens))
                for row in family:
                    row.cached = len(row.tokens)
            index = torch.tensor([i for i, family in enumerate(block) for _ in family], device=self._device)
            finished += self._draw([row for family in block for row in family], logits[index])
        return finished

    def _block(self, rows: list[_Row], width: int) -> torch.Tensor:
        """Left-padded forward of the unread tokens of ``rows``; logits after the last one of each, [n, V]."""
        ids = np.zeros((len(rows), width), dtype=np.int64)
        positions = np.zeros((len(rows), width), dtype=np.int64)
        fresh = np.zeros((len(rows), width), dtype=bool)
        for i, row in enumerate(rows):
            unread = row.tokens[row.cached :]
            ids[i, width - len(unread) :] = unread
            positions[i, width - len(unread) :] = np.arange(row.cached, len(row.tokens))
            fresh[i, width - len(unread) :] = True
        slots = np.array([row.slot for row in rows])
        source_row, source_column = np.nonzero(fresh)
        return self._forward(
            ids, positions, slots, source_row, source_column, length=max(len(row.tokens) for row in rows)
        )

    def _write(self, rows: list[_Row]) -> list[tuple[Hashable, Sample]]:
        """One token per row. Slots between them that stand still are fed a dummy, written where it is never read."""
        self._compact(rows)
        highest = max(row.slot for row in rows) + 1
        ids = np.zeros((highest, 1), dtype=np.int64)
        positions = np.zeros((highest, 1), dtype=np.int64)
        for slot in range(highest):
            row = self._slots[slot]
            if row is not None:
                positions[slot] = min(row.cached, self._cache.capacity - 1)
                if row.job is not None:
                    ids[slot] = row.tokens[-1]
        order = np.arange(highest)
        longest = max(len(row.tokens) for row in rows)
        logits = self._forward(ids, positions, order, order, np.zeros_like(order), length=longest)
        if len(rows) < highest or any(row.slot != i for i, row in enumerate(rows)):
            logits = logits[torch.tensor([row.slot for row in rows], device=self._device)]
        for row in rows:
            row.cached += 1
        return self._draw(rows, logits)

    def _compact(self, rows: list[_Row]) -> None:
        """Move the running rows to the front once more than a quarter of the slots before the last one stand still."""
        highest = max(row.slot for row in rows) + 1
        if 4 * (highest - len(rows)) <= highest:
            return
        late = [row for row in rows if row.slot >= len(rows)]
        still = [s for s in range(len(rows)) if (other := self._slots[s]) is None or other.job is None]
        for row, slot in zip(late, still, strict=True):
            other = self._slots[slot]
            self._cache.swap(row.slot, slot, max(row.cached, other.cached if other else 0))
            self._slots[row.slot], self._slots[slot] = other, row
            if other is not None:
                other.slot = row.slot
            row.slot = slot

    def _forward(
        self,
        ids: np.ndarray,
        positions: np.ndarray,
        slots: np.ndarray,
        source_row: np.ndarray,
        source_column: np.ndarray,
        *,
        length: int,
    ) -> torch.Tensor:
        device = self._device
        where = torch.from_numpy(positions).to(device)
        length = min(-(-length // 8) * 8, self._cache.capacity)  # attention kernels like multiples of 8
        in_line = len(slots) == slots[-1] - slots[0] + 1 and bool((np.diff(slots) == 1).all())
        self._cache.aim(
            Aim(
                rows=slice(int(slots[0]), int(slots[-1]) + 1) if in_line else torch.from_numpy(slots).to(device),
                length=length,
                source_row=torch.from_numpy(source_row).to(device),
                source_column=torch.from_numpy(source_column).to(device),
                slot=torch.from_numpy(slots[source_row]).to(device),
                position=torch.from_numpy(positions[source_row, source_column]).to(device),
            )
        )
        ahead = torch.arange(length, device=device) > where[:, None, :, None]
        mask = torch.zeros(ahead.shape, dtype=self._model.dtype, device=device).masked_fill_(ahead, float("-inf"))
        out = self._model(
            input_ids=torch.from_numpy(ids).to(device),
            attention_mask=mask,
            position_ids=where,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits = out.logits[:, -1]
        assert isinstance(logits, torch.Tensor)
        return logits.float()

    def _draw(self, rows: list[_Row], logits: torch.Tensor) -> list[tuple[Hashable, Sample]]:
        jobs = [(row.job.sampling, len(row.written)) for row in rows if row.job is not None]
        tokens, logprobs, entropies = draw(
            logits,
            temperatures=[sampling.temperature_at(position) for sampling, position in jobs],
            top_p=[sampling.top_p for sampling, _ in jobs],
            uniforms=[row.uniforms[len(row.written)] for row in rows],
        )
        finished = []
        for row, token, logprob, entropy in zip(rows, tokens, logprobs, entropies, strict=True):
            row.tokens.append(token)
            row.written.append(token)
            row.logprobs.append(logprob)
            row.entropies.append(entropy)
            assert row.stops is not None
            if token in self._end_tokens or row.stops.ended(row.written):
                finished.append(self._finish(row, "stop"))
            elif len(row.written) == len(row.uniforms):
                finished.append(self._finish(row, "length"))
        return finished
