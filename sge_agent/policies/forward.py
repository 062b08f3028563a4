"""Reading contexts with a causal language model: logits and last hidden states at chosen positions."""

from __future__ import annotations

import contextlib
import copy
from typing import cast

import torch
from transformers import PreTrainedModel

from sge_agent.policies.loading import body_and_head, causal


class Forward:
    """One forward pass over right-padded rows; see :class:`sge_agent.policy.Reader`."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._parts = body_and_head(model)

    # Right-padded and causal: no real token sees the padding, so no mask is needed and the fastest kernels serve.

    def forward_logits(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        if self._parts is None:
            every: torch.Tensor = self._model(input_ids=ids, use_cache=False).logits
            return every[keep].float()
        body, head = self._parts
        kept: torch.Tensor = head(body(input_ids=ids, use_cache=False).last_hidden_state[keep])
        return kept.float()

    def forward_hidden(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        if self._parts is None:
            states = self._model(input_ids=ids, use_cache=False, output_hidden_states=True).hidden_states
            return cast(torch.Tensor, states[-1])[keep].float()
        kept: torch.Tensor = self._parts[0](input_ids=ids, use_cache=False).last_hidden_state[keep]
        return kept.float()


class Frozen:
    """The model as it is now, whatever training makes of it: a copy, or the same weights without their adapters."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._adapted = causal(model) is not model
        self._forward = Forward(causal(model) if self._adapted else copy.deepcopy(model).requires_grad_(False))

    def forward_logits(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        with torch.no_grad(), self._plain():
            return self._forward.forward_logits(ids, attention_mask, keep)

    def forward_hidden(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        with torch.no_grad(), self._plain():
            return self._forward.forward_hidden(ids, attention_mask, keep)

    def _plain(self) -> contextlib.AbstractContextManager[None]:
        if not self._adapted:
            return contextlib.nullcontext()
        return cast(contextlib.AbstractContextManager[None], self._model.disable_adapter())  # type: ignore[operator]
