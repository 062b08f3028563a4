"""Causal language models as this package needs them: loaded from safetensors, with adapters, and their peculiarities
named.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase


class ModelNotFound(OSError):
    """Raised when a model cannot be loaded from where it was said to be."""


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank adapters instead of all weights (needs peft). ``targets``: peft's names of the adapted layers; ``seed``: of
    their first weights."""

    rank: int = 16
    alpha: int = 32
    targets: str | tuple[str, ...] = "all-linear"
    seed: int = 0


def load(
    path_or_hub_id: str | Path, *, dtype: torch.dtype | None, lora: Lora | None, trust_remote_code: bool
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Model and tokenizer. Raises ``ModelNotFound`` with the reason in one line."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(path_or_hub_id, trust_remote_code=trust_remote_code)
        loaded = AutoModelForCausalLM.from_pretrained(
            path_or_hub_id, dtype=dtype or "auto", use_safetensors=True, trust_remote_code=trust_remote_code
        )
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelNotFound(
            "expected a folder or hub name of a causal language model with config.json, a tokenizer and *.safetensors, "
            f"got {str(path_or_hub_id)!r}: {reason}"
        ) from None
    model = cast(PreTrainedModel, loaded)
    for weight in model.parameters():
        # a mapped file is not aligned as memory is, and kernels then round differently: results must not depend on
        # whether weights were loaded or made
        weight.data = weight.data.clone()
    return (model if lora is None else _with_lora(model, lora)), cast(PreTrainedTokenizerBase, tokenizer)


def _with_lora(model: PreTrainedModel, lora: Lora) -> PreTrainedModel:
    from peft import LoraConfig, get_peft_model

    targets = lora.targets if isinstance(lora.targets, str) else list(lora.targets)
    config = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=targets, task_type="CAUSAL_LM")
    with torch.random.fork_rng(devices=[]):  # peft draws from torch's own stream, which is nobody else's business
        torch.manual_seed(lora.seed)
        return cast(PreTrainedModel, get_peft_model(model, config))


def causal(model: PreTrainedModel) -> PreTrainedModel:
    """The causal language model itself, without peft's wrapper around it."""
    return model if isinstance(model, PreTrainedModel) else cast(PreTrainedModel, model.get_base_model())


def body_and_head(model: PreTrainedModel) -> tuple[torch.nn.Module, torch.nn.Module] | None:
    """The part that gives the last hidden state, and the part that makes logits of it.

    None where there is more between them than that (some models scale or cap their logits).
    """
    body = cast(torch.nn.Module, model.get_decoder())  # type: ignore[no-untyped-call]
    head = cast(torch.nn.Module, model.get_output_embeddings())  # type: ignore[no-untyped-call]
    ids = torch.arange(4, device=model.device)[None]
    with torch.no_grad():
        logits = head(body(input_ids=ids, use_cache=False).last_hidden_state)
        same = torch.equal(logits, model(input_ids=ids, use_cache=False).logits)
    return (body, head) if same else None


def blocks(model: PreTrainedModel) -> list[torch.nn.Module]:
    """The layers of the model that are never computed in pieces. Raises ``ValueError`` where it does not name them."""
    named = set(model._no_split_modules or ())
    found = [module for module in model.modules() if type(module).__name__ in named]
    if not found:
        raise ValueError(
            f"{model.config.model_type} does not say which of its modules are blocks, so it cannot be sharded"
        )
    return found


def refuse_unsupported(model: PreTrainedModel) -> None:
    """Raise ``ValueError`` for a model whose layers do not all attend to everything before."""
    kinds = set(model.config.to_dict().get("layer_types") or ["full_attention"])
    if kinds != {"full_attention"}:
        raise ValueError(
            f"expected a model with full attention in every layer, got {', '.join(sorted(kinds))} in "
            f"{model.config.model_type}; choose another model, or serve this one and use the server policy"
        )


def checkpoint_activations(model: PreTrainedModel) -> None:
    """Recompute each layer in the backward pass. Raises ``ValueError`` for a model with dropout: it would then drop
    out.
    """
    dropouts = {k: v for k, v in model.config.to_dict().items() if "drop" in k and isinstance(v, float) and v > 0}
    if dropouts:
        raise ValueError(f"expected a model without dropout to recompute its activations, got {dropouts}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # the name that all supported versions of transformers know
        enable = model.gradient_checkpointing_enable
        enable(gradient_checkpointing_kwargs={"use_reentrant": False})  # type: ignore[no-untyped-call]


def start_tokens(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The tokens that the tokenizer itself puts before a text."""
    with_special = tokenizer.encode("a", add_special_tokens=True)
    without = tokenizer.encode("a", add_special_tokens=False)
    bos = tokenizer.bos_token_id
    return [bos] if isinstance(bos, int) and with_special[:1] == [bos] and without[:1] != [bos] else []


def end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """The tokens by which the model says that it has finished."""
    found = {tokenizer.eos_token_id}
    if model.generation_config is not None:
        eos = model.generation_config.eos_token_id
        found |= set(eos) if isinstance(eos, list) else {eos}
    return frozenset(token for token in found if isinstance(token, int))
