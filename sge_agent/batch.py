"""From trajectories to tensors: one row per context, each sampled token in it exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from sge_agent.families import worthwhile
from sge_agent.types import Context, Segment, Trajectory


@dataclass(frozen=True, slots=True)
class Row:
    """One context to train on.

    ``at`` [k] are the positions of its trained tokens, ascending; the other arrays go with them. ``sequence`` names the
    episode: one that needed several contexts is still one. ``recompute``: ``old_logprobs`` belong to another context.
    """

    tokens: tuple[int, ...]
    at: np.ndarray
    old_logprobs: np.ndarray
    advantages: np.ndarray
    temperatures: np.ndarray
    roles: tuple[str, ...]
    extras: Mapping[str, np.ndarray] = field(default_factory=dict)
    sequence: int = 0
    recompute: bool = False

    def with_logprobs(self, logprobs: np.ndarray) -> Row:
        """The row with old log-probabilities that belong to its context."""
        return replace(self, old_logprobs=logprobs, recompute=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as tensors: B rows of at most T tokens, K trained tokens in row-major order.

    ``ids`` and ``attention_mask`` are [B, T], right-padded; ``keep`` [B, T] marks the positions whose logits predict a
    trained token, which is the one behind. All others are [K]: ``targets`` are the trained tokens, ``rows`` says which
    row each stands in, ``roles`` what its span was for, ``recompute`` whether its old log-probability is another
    context's; ``extras`` are what the exploration method named.
    """

    ids: torch.Tensor
    attention_mask: torch.Tensor
    keep: torch.Tensor
    targets: torch.Tensor
    old_logprobs: torch.Tensor
    advantages: torch.Tensor
    temperatures: torch.Tensor
    rows: torch.Tensor
    roles: tuple[str, ...]
    recompute: torch.Tensor
    extras: Mapping[str, torch.Tensor] = field(default_factory=dict)


def rows_of(
    trajectory: Trajectory,
    advantages: np.ndarray,
    extras: Mapping[str, np.ndarray],
    *,
    temperature: float | None = None,
    sequence: int = 0,
) -> list[Row]:
    """The rows of a trajectory, one for each context in which the model wrote.

    ``advantages`` and every extra have one value per sampled token, in the order of the segments. ``temperature``
    replaces the one that the tokens were sampled at; their log-probabilities must then be recomputed. Raises
    ``ValueError`` when lengths do not agree, or a segment does not lie where it says.
    """
    segments = trajectory.segments
    starts = np.cumsum([0, *(segment.end - segment.start for segment in segments)])
    for name, values in {"advantages": advantages, **extras}.items():
        if len(values) != starts[-1]:
            raise ValueError(
                f"{name}: expected one value for each of the {starts[-1]} sampled tokens, got {len(values)}"
            )
    rows: list[Row] = []
    for number, context in enumerate(trajectory.contexts):
        own = [i for i, segment in enumerate(segments) if segment.context == number and segment.end > segment.start]
        if not own:
            continue
        spans = [segments[i] for i in own]
        at = _positions(spans, context, number)
        values = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in own])
        temperatures = np.concatenate([span.temperatures for span in spans])
        rows.append(
            Row(
                tokens=context.tokens[: at[-1] + 1],  # what follows the last trained token trains nothing
                at=at,
                old_logprobs=np.concatenate([span.logprobs for span in spans]),
                advantages=advantages[values],
                temperatures=temperatures if temperature is None else np.full_like(temperatures, temperature),
                roles=tuple(span.role for span in spans for _ in range(span.start, span.end)),
                extras={name: array[values] for name, array in extras.items()},
                sequence=sequence,
                recompute=trajectory.recompute or temperature is not None,
            )
        )
    strays = {segment.context for segment in segments} - set(range(len(trajectory.contexts)))
    if strays:
        raise ValueError(f"segments lie in context {min(strays)}, but there are {len(trajectory.contexts)} contexts")
    return rows


def _positions(spans: Sequence[Segment], context: Context, number: int) -> np.ndarray:
    """Where the tokens of ``spans`` stand; the one gatekeeper of alignment between what was recorded and what is
    trained.
    """
    for span in spans:
        length = span.end - span.start
        if len(span.logprobs) != length or len(span.temperatures) != length:
            raise ValueError(
                f"a segment of {length} tokens has {len(span.logprobs)} log-probabilities and {len(span.temperatures)} "
                "temperatures; expected one of each per token"
            )
    at = np.concatenate([np.arange(span.start, span.end) for span in spans])
    if at[0] < 1:
        raise ValueError(
            f"context {number}: its first token was sampled from nothing; it must begin with a forced token"
        )
    if at[-1] >= len(context.tokens) or (np.diff(at) < 1).any():
        raise ValueError(
            f"context {number}: expected segments in ascending order within its {len(context.tokens)} tokens, got "
            f"{', '.join(f'{span.start} to {span.end}' for span in spans)}"
        )
    return at


def micro_batches(
    rows: Sequence[Row], *, max_tokens: int, max_trained: int | None = None, device: torch.device | str = "cpu"
) -> Iterator[Batch]:
    """All rows as batches of at most ``max_tokens`` positions (padding included) and ``max_trained`` trained tokens; a row
    that is longer than that comes alone. Rows of about one length stand together, or where it saves more, those that begin alike.
    """
    chosen: list[int] = []
    width = trained = 0
    for i in _in_order(rows):
        width = max(width, len(rows[i].tokens))
        trained += len(rows[i].at)
        if chosen and (width * (len(chosen) + 1) > max_tokens or (max_trained is not None and trained > max_trained)):
            yield collate([rows[j] for j in chosen], chosen, device=device)
            chosen, width, trained = [], len(rows[i].tokens), len(rows[i].at)
        chosen.append(i)
    if chosen:
        yield collate([rows[j] for j in chosen], chosen, device=device)


def _in_order(rows: Sequence[Row]) -> list[int]:
    families = worthwhile([row.tokens for row in rows])
    if not families:
        return sorted(range(len(rows)), key=lambda i: (len(rows[i].tokens), i))
    families = sorted(families, key=lambda family: max((len(rows[i].tokens), i) for i in family.members))
    return [i for family in families for i in sorted(family.members, key=lambda i: (len(rows[i].tokens), i))]


def collate(rows: Sequence[Row], numbers: Sequence[int], *, device: torch.device | str = "cpu") -> Batch:
    """Right-padded tensors of ``rows``, which are called ``numbers`` in ``Batch.rows``."""
    width = max(len(row.tokens) for row in rows)
    ids = np.zeros((len(rows), width), dtype=np.int64)
    mask = np.zeros((len(rows), width), dtype=bool)
    keep = np.zeros((len(rows), width), dtype=bool)
    for b, row in enumerate(rows):
        ids[b, : len(row.tokens)] = row.tokens
        mask[b, : len(row.tokens)] = True
        keep[b, row.at - 1] = True

    def floats(arrays: Sequence[np.ndarray]) -> torch.Tensor:
        return torch.from_numpy(np.concatenate(arrays).astype(np.float32)).to(device)

    counts = [len(row.at) for row in rows]
    return Batch(
        ids=torch.from_numpy(ids).to(device),
        attention_mask=torch.from_numpy(mask).to(device),
        keep=torch.from_numpy(keep).to(device),
        targets=torch.from_numpy(np.concatenate([np.array(row.tokens)[row.at] for row in rows])).to(device),
        old_logprobs=floats([row.old_logprobs for row in rows]),
        advantages=floats([row.advantages for row in rows]),
        temperatures=floats([row.temperatures for row in rows]),
        rows=torch.from_numpy(np.repeat(np.array(numbers), counts)).to(device),
        roles=tuple(role for row in rows for role in row.roles),
        recompute=torch.from_numpy(np.repeat([row.recompute for row in rows], counts)).to(device),
        extras={name: floats([row.extras[name] for row in rows]) for name in rows[0].extras},
    )
