"""Shapes of language models, and what they cost: parameters, floating-point operations and bytes, counted from the shape.

Operations are those of the matrix products, two for each multiplication, as is usual for "model FLOPs": activations, norms and
softmax are left out, padding too, and what is computed twice to save memory counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """A model of Qwen3's architecture. ``inner`` is the width between the two products of a gated layer; ``tied``: input and
    output share one table of embeddings."""

    layers: int
    width: int
    inner: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool = True

    @property
    def body(self) -> int:
        """Weights that every token is multiplied with."""
        attention = 2 * self.width * self.head_dim * (self.heads + self.kv_heads)
        return self.layers * (attention + 3 * self.width * self.inner)

    @property
    def head(self) -> int:
        """Weights that a token is multiplied with whose logits are wanted."""
        return self.width * self.vocabulary

    @property
    def parameters(self) -> int:
        norms = self.layers * 2 * (self.width + self.head_dim) + self.width
        return self.body + norms + self.head * (1 if self.tied else 2)

    @property
    def cached(self) -> int:
        """Numbers that are kept of every token: its keys and values."""
        return 2 * self.layers * self.kv_heads * self.head_dim

    def forward_flops(self, tokens: float, logits: float, pairs: float) -> float:
        """Of one pass over ``tokens`` with the logits of ``logits`` of them; ``pairs`` counts, over all tokens, those that each
        attends to."""
        return 2 * self.body * tokens + 2 * self.head * logits + 4 * self.layers * self.heads * self.head_dim * pairs

    def training_flops(self, tokens: float, logits: float, pairs: float) -> float:
        """Of a pass with its gradient, which costs two more."""
        return 3 * self.forward_flops(tokens, logits, pairs)

    def config(self, *, positions: int = 40960) -> Any:
        """The settings of transformers for it."""
        from transformers import Qwen3Config

        return Qwen3Config(
            vocab_size=self.vocabulary,
            hidden_size=self.width,
            intermediate_size=self.inner,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.kv_heads,
            head_dim=self.head_dim,
            max_position_embeddings=positions,
            tie_word_embeddings=self.tied,
            pad_token_id=1,
            eos_token_id=0,
            bos_token_id=None,
        )


def pairs_of(spans: Iterable[tuple[int, int]]) -> int:
    """Pairs of tokens in causal attention, for spans (start, end) of contexts: every token attends to itself and all before."""
    return sum((end * (end + 1) - start * (start + 1)) // 2 for start, end in spans)


SMALL = Shape(layers=4, width=256, inner=768, heads=8, kv_heads=4, head_dim=32, vocabulary=4096)
"""The model of the comparison with TRL: 4.2 M parameters."""

HUNDRED = Shape(layers=12, width=768, inner=2304, heads=12, kv_heads=4, head_dim=64, vocabulary=32768)
"""A model of 100 M parameters."""

QWEN3: Mapping[str, Shape] = {
    "Qwen3-0.6B": Shape(28, 1024, 3072, 16, 8, 128, 151_936),
    "Qwen3-4B": Shape(36, 2560, 9728, 32, 8, 128, 151_936),
    "Qwen3-32B": Shape(64, 5120, 25_600, 64, 8, 128, 151_936, tied=False),
}
"""The published shapes."""
