"""Reading contexts with a causal language model: logits and last hidden states at chosen positions.

Rows that stand together and begin alike have their beginning computed once, with gradient: its keys and values are handed to
all of them. The result is that of computing every row whole.
"""

from __future__ import annotations

import contextlib
from typing import cast

import numpy as np
import torch
from transformers import DynamicCache, PreTrainedModel

from sge_agent.families import Family, worthwhile
from sge_agent.policies.loading import body_and_head
from sge_agent.policy import Reader
from sge_agent.ranks import Alone, Ranks


class Forward:
    """One forward pass over right-padded rows; see :class:`sge_agent.policy.Reader`.

    ``ranks`` are processes that can only pass through the model together: all of them share beginnings if one does.
    """

    def __init__(self, model: PreTrainedModel, ranks: Ranks | None = None) -> None:
        self._model = model
        self._parts = body_and_head(model)
        self._ranks = ranks or Alone()

    # Right-padded and causal: no real token sees the padding, so no mask is needed and the fastest kernels serve.

    def forward_logits(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        if self._parts is None:
            every: torch.Tensor = self._model(input_ids=ids, use_cache=False).logits
            return every[keep].float()
        body, head = self._parts
        kept: torch.Tensor = head(self._states(body, ids, attention_mask, keep))
        return kept.float()

    def forward_hidden(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        if self._parts is None:
            states = self._model(input_ids=ids, use_cache=False, output_hidden_states=True).hidden_states
            return cast(torch.Tensor, states[-1])[keep].float()
        return self._states(self._parts[0], ids, attention_mask, keep).float()

    def _states(
        self, body: torch.nn.Module, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor
    ) -> torch.Tensor:
        """Last hidden states at the positions of ``keep``, [K, width], row after row."""
        # checkpointed activations (transformers recomputes them in training mode only) allow no cache
        families = [] if body.training else self._families(ids, attention_mask)
        if not families:
            whole: torch.Tensor = body(input_ids=ids, use_cache=False).last_hidden_state
            return whole[keep]
        return _shared(body, ids, attention_mask, keep, families)

    def _families(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> list[Family]:
        own = [] if len(ids) == 1 else worthwhile(_unpadded(ids, attention_mask))
        if (
            self._ranks.any(bool(own)) and not own
        ):  # two passes, as where something is shared: the first tokens, the rest
            return [Family((row,), 1) for row in range(len(ids))]
        return own


class Frozen:
    """The model that ``reader`` reads with, kept as it is now: nobody trains it, or it is ``adapted`` and read without its
    adapters.
    """

    def __init__(self, reader: Reader, *, adapted: PreTrainedModel | None = None) -> None:
        self._reader = reader
        self._adapted = adapted

    def forward_logits(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        with torch.no_grad(), self._plain():
            return self._reader.forward_logits(ids, attention_mask, keep)

    def forward_hidden(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        with torch.no_grad(), self._plain():
            return self._reader.forward_hidden(ids, attention_mask, keep)

    def _plain(self) -> contextlib.AbstractContextManager[None]:
        if self._adapted is None:
            return contextlib.nullcontext()
        return cast(contextlib.AbstractContextManager[None], self._adapted.disable_adapter())  # type: ignore[operator]


def _unpadded(ids: torch.Tensor, attention_mask: torch.Tensor) -> list[list[int]]:
    return [row[:length] for row, length in zip(ids.tolist(), attention_mask.sum(1).tolist(), strict=True)]


def _shared(
    body: torch.nn.Module, ids: torch.Tensor, mask: torch.Tensor, keep: torch.Tensor, families: list[Family]
) -> torch.Tensor:
    """As :func:`_states`: the beginnings of the families first, then the rest of every row behind its family's."""
    device, (count, width) = ids.device, ids.shape
    family_of, shared = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for number, family in enumerate(families):
        family_of[list(family.members)], shared[list(family.members)] = number, family.shared
    longest = int(shared.max())
    leaders = torch.tensor([family.members[0] for family in families], device=device)
    first = body(input_ids=ids[leaders, :longest], past_key_values=DynamicCache(), use_cache=True)
    parent = torch.from_numpy(family_of).to(device)
    cache = DynamicCache()
    for number, layer in enumerate(first.past_key_values.layers):
        cache.update(layer.keys[parent], layer.values[parent], number)

    start = torch.from_numpy(shared).to(device)[:, None]
    rest = int((mask.sum(1, keepdim=True) - start).max())
    column = torch.arange(rest, device=device)
    position = (start + column).clamp_(max=width - 1)  # what runs past a row's end is padding, and never kept
    before = torch.arange(longest, device=device) < start
    seen = torch.cat(
        [
            before[:, None, :].expand(count, rest, longest),
            (column <= column[:, None]).expand(count, rest, rest),
        ],
        dim=2,
    )
    dtype = next(body.parameters()).dtype
    bias = torch.zeros(seen.shape, dtype=dtype, device=device).masked_fill_(~seen, float("-inf"))[:, None]
    behind = body(
        input_ids=ids.gather(1, position),
        attention_mask=bias,
        position_ids=position,
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    row, at = keep.nonzero(as_tuple=True)
    offset = at - start[row, 0]
    place = torch.where(offset < 0, parent[row] * longest + at, len(families) * longest + row * rest + offset)
    states = torch.cat([first.last_hidden_state.flatten(0, 1), behind.flatten(0, 1)])
    return states[place]
