"""A policy on a transformers causal language model: it samples with continuous batching, and its weights can be
trained.

Sampling and training see the same numbers: on fresh data the log-probabilities recomputed by
:meth:`TransformersPolicy.forward_logits` equal those recorded while sampling, to float precision, whatever the batch,
the cache and the temperatures were.
"""

from __future__ import annotations

import copy
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from sge_agent.policies import loading
from sge_agent.policies.decoder import Decoder
from sge_agent.policies.forward import Forward, Frozen
from sge_agent.policies.loading import Lora, ModelNotFound
from sge_agent.policies.template import ChatFormat, Format, PlainFormat
from sge_agent.policy import BY_POSITION, Job, Reader, Sample
from sge_agent.ranks import Ranks
from sge_agent.types import Request

if TYPE_CHECKING:
    from sge_agent.policies.shards import Shards

__all__ = ["Lora", "ModelNotFound", "TransformersPolicy"]


class TransformersPolicy:
    """A causal language model with full attention in every layer, and its tokenizer.

    * ``chat``: True writes through the tokenizer's chat template, False as one plain text, None through the template
      where there is one. ``chat_options`` are variables of the template.
    * ``device``: where to put the model; None leaves it where it is.
    * ``max_rows``, ``drain``: see :class:`Decoder`.
    * ``activation_checkpointing``: train with less memory, in more time.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        max_rows: int = 64,
        device: str | torch.device | None = None,
        chat: bool | None = None,
        chat_options: Mapping[str, Any] | None = None,
        drain: float = 0.25,
        activation_checkpointing: bool = False,
    ) -> None:
        if device is not None:
            torch.nn.Module.to(model, device)
        torch.nn.Module.eval(model)
        self._model = model
        self._causal = loading.causal(model)
        self.tokenizer = tokenizer
        self._version = 0
        loading.refuse_unsupported(self._causal)
        chat = tokenizer.chat_template is not None if chat is None else chat
        self._format: Format = ChatFormat(tokenizer, options=chat_options) if chat else PlainFormat()
        self._start = [] if chat else loading.start_tokens(tokenizer)
        self._tokenize = lru_cache(maxsize=8192)(self._tokenize_text)
        self._end_of_turn = self._tokenize(self._format.end_of_turn)
        self._decoder = Decoder(
            self._causal,
            decode=self.decode,
            end_tokens=loading.end_tokens(self._causal, tokenizer) | frozenset(self._end_of_turn),
            max_length=self._causal.config.max_position_embeddings,
            max_rows=max_rows,
            drain=drain,
        )
        self._reader: Reader = Forward(self._causal)
        self._shards: Shards | None = None
        self._checkpointing = activation_checkpointing
        if activation_checkpointing:
            loading.checkpoint_activations(self._causal)

    @classmethod
    def from_pretrained(
        cls,
        path_or_hub_id: str | Path,
        *,
        dtype: torch.dtype | None = None,
        device: str | torch.device | None = None,
        lora: Lora | None = None,
        trust_remote_code: bool = False,
        max_rows: int = 64,
        chat: bool | None = None,
        chat_options: Mapping[str, Any] | None = None,
        drain: float = 0.25,
        activation_checkpointing: bool = False,
    ) -> TransformersPolicy:
        """Load model and tokenizer, from safetensors only. ``dtype`` None keeps the one that the weights were saved in.

        Raises ``ModelNotFound`` when there is no such model, or it cannot be read.
        """
        model, tokenizer = loading.load(path_or_hub_id, dtype=dtype, lora=lora, trust_remote_code=trust_remote_code)
        return cls(
            model,
            tokenizer,
            max_rows=max_rows,
            device=device,
            chat=chat,
            chat_options=chat_options,
            drain=drain,
            activation_checkpointing=activation_checkpointing,
        )

    @property
    def model(self) -> PreTrainedModel:
        return self._model

    @property
    def shards(self) -> Shards | None:
        return self._shards

    def shard(self, ranks: Ranks) -> None:
        """Spread the weights that are trained over processes, each of which has the same model (see :class:`Shards`).

        What reads from now on is what is trained; :attr:`model` is the whole model, which writes. Raises ``ValueError`` for a model
        that does not name its blocks, and for a torch older than 2.13.
        """
        if tuple(map(int, torch.__version__.split(".")[:2])) < (2, 13):
            raise ValueError(f"expected torch 2.13 or later to spread weights over processes, got {torch.__version__}")
        from sge_agent.policies.shards import Shards

        self._shards = Shards(self._model, ranks)
        self._reader = self._shards.reader

    @property
    def version(self) -> int:
        return self._version

    @property
    def capabilities(self) -> frozenset[str]:
        return frozenset({BY_POSITION})

    def encode(self, tokens: Sequence[int], request: Request) -> list[int]:
        if not tokens:
            return self._start + self._tokenize(self._format.opening(request.system, request.prompt) + request.prefill)
        if not request.prompt:
            return list(self._tokenize(request.prefill))
        increment = self._tokenize(self._format.continuation(request.prompt) + request.prefill)
        if self._end_of_turn and tokens[-1] == self._end_of_turn[-1]:
            return increment[len(self._end_of_turn) :]  # the model has closed its message itself
        return list(increment)

    def decode(self, tokens: Sequence[int]) -> str:
        """Bytes that are not valid UTF-8 become the replacement character."""
        text = self.tokenizer.decode(list(tokens), skip_special_tokens=False, clean_up_tokenization_spaces=False)
        assert isinstance(text, str)
        return text

    def submit(self, job: Job) -> None:
        self._decoder.submit(job)

    def collect(self) -> list[tuple[Hashable, Sample]]:
        """See :class:`Policy`. A context that fills the model's positions ends with finish "length"; one that does so
        from the start, without tokens.
        """
        return self._decoder.collect()

    def release(self, context: Hashable) -> None:
        self._decoder.release(context)

    def bump_version(self) -> None:
        self._version += 1
        self._decoder.forget()

    def set_version(self, version: int) -> None:
        """After a checkpoint was loaded: continue counting from there."""
        self._version = version
        self._decoder.forget()

    def forward_logits(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        if not (self._checkpointing and torch.is_grad_enabled()):
            return self._reader.forward_logits(ids, attention_mask, keep)
        model = self._model if self._shards is None else self._shards.reader.model
        torch.nn.Module.train(model)  # transformers recomputes activations in this mode only
        try:
            return self._reader.forward_logits(ids, attention_mask, keep)
        finally:
            torch.nn.Module.eval(model)

    def forward_hidden(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        return self._reader.forward_hidden(ids, attention_mask, keep)

    def frozen(self) -> Frozen:
        if self._shards is not None:
            return self._shards.frozen()
        if self._causal is not self._model:
            return Frozen(self._reader, adapted=self._model)
        return Frozen(Forward(copy.deepcopy(self._model).requires_grad_(False)))

    def _tokenize_text(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False)) if text else []
