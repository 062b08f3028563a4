"""From settings to the objects that a run is composed of: agent, exploration method, policy."""

from __future__ import annotations

import os
from collections.abc import Sequence, Set
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from sge_agent import prompts
from sge_agent.agent import StrategyAgent, When
from sge_agent.config import TrainConfig
from sge_agent.errors import RunError
from sge_agent.exploration.base import Chain, Exploration
from sge_agent.exploration.mixed_temperature import MixedTemperature
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.exploration.table import make_method
from sge_agent.heads import ActionHead, StrategyHead
from sge_agent.memory import ReflectionMemory
from sge_agent.memory_file import MemoryFile
from sge_agent.settings import did_you_mean

if TYPE_CHECKING:
    from sge_agent.learner import Learner
    from sge_agent.policies.transformers import TransformersPolicy
    from sge_agent.policies.weight_sync import LoraReload, TransferSync, WeightSync
    from sge_agent.ranks import Ranks
    from sge_agent.sampling import Sampler

PROMPTS = {
    "markdown": prompts.MARKDOWN,
    "tags": prompts.TAGS,
    "ui": prompts.UI,
    "think": prompts.THINK,
    "plain": prompts.PLAIN,
    "compact": prompts.COMPACT,
}
EMBEDDED = "embedded:"


def make_agent(config: TrainConfig) -> StrategyAgent:
    """The agent that the settings describe."""
    templates = PROMPTS[config.prompts]
    when: When = config.strategy_when if config.strategy_every is None else config.strategy_every
    return StrategyAgent(
        prompts=templates,
        strategy=StrategyHead(templates.strategy, config.strategy_temperature, config.strategy_tokens),
        action=ActionHead(
            templates.action, config.sampling_temperature, config.action_tokens, multiline=config.action_multiline
        ),
        when=when,
        window=config.window,
        earlier=config.strategies_retold,
        actions_shown=config.actions_shown,
    )


def make_exploration(config: TrainConfig) -> Exploration:
    """The method: ``sge`` is mixed temperatures with reflection, ``grpo`` one temperature for every token; between them
    the further methods that the settings name, so that what decides who writes a strategy comes before reflection.
    """
    hot = config.strategy_temperature if config.mixes else config.one_temperature
    parts: list[Exploration] = [MixedTemperature(hot, config.sampling_temperature)]
    parts += [make_method(name, config.method_settings) for name in config.methods]
    if config.mixes and config.failure_reflection + config.success_reflection > 0:
        parts.append(_reflection(config))
    return parts[0] if len(parts) == 1 else Chain(*parts)


def _reflection(config: TrainConfig) -> StrategyReflection:
    file = MemoryFile(Path(config.memory_file), run=str(config.folder.resolve())) if config.memory_file else None
    return StrategyReflection(
        ReflectionMemory(size=config.memory_size, file=file),
        p_failure=config.failure_reflection,
        p_success=config.success_reflection,
        prompts=PROMPTS[config.prompts],
        failures_shown=config.failures_shown,
        successes_shown=config.successes_shown,
        failures_beside_success=config.failures_beside_success,
        show_feedback=config.show_feedback,
        members=config.reflecting_members,
        train=config.reflection_credit,
    )


def check_device(name: str) -> None:
    """Raises ``RunError`` where this machine has no such device, and names those that it has."""
    import torch

    usable = ["cpu"]
    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    if accelerator is not None:
        usable += [accelerator.type, *(f"{accelerator.type}:{n}" for n in range(torch.accelerator.device_count()))]
    if name not in usable:
        raise RunError(f"there is no device {name!r} here: use --device {' or '.join(usable)}")


def load_policy(config: TrainConfig) -> TransformersPolicy:
    """The language model, on its device. Raises ``RunError`` where there is none to load."""
    path = model_path(config.model)
    check_device(config.device)
    import torch

    from sge_agent.policies.transformers import Lora, TransformersPolicy

    rank = config.lora_rank
    lora = Lora(rank=rank, alpha=2 * rank, seed=config.seed) if rank else None
    dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16}[config.dtype]
    try:
        return TransformersPolicy.from_pretrained(
            path,
            dtype=dtype,
            device=config.device,
            lora=lora,
            max_rows=config.rows,
            activation_checkpointing=config.activation_checkpointing,
            trust_remote_code=config.trust_remote_code,
        )
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        raise RunError(f"the model cannot be loaded: {error}") from error


def make_sampler(config: TrainConfig, trained: TransformersPolicy, ranks: Ranks | None = None) -> Sampler:
    """What the episodes of training are sampled with: the policy itself, a copy of it, or servers."""
    from sge_agent.policies.server import ServerPolicy, TokenWire
    from sge_agent.sampling import Itself, Servers, Twin

    if not config.sampler:
        return Twin(trained, max_rows=config.rows) if config.max_staleness else Itself(trained)
    key = os.environ.get("SGE_SAMPLER_KEY", "")
    servers = [address.rstrip("/").removesuffix("/v1") for address in config.sampler]
    adapted = config.sampler_weights == "lora_reload"
    policy = ServerPolicy(
        [f"{server}/v1" for server in servers],
        config.sampler_model or ("sge" if adapted else config.model),
        wire=TokenWire(trained.tokenizer),
        api_key=key,
        concurrency=config.rows,
        retries=1,  # patience says how long it is tried
        patience=config.sampler_patience,
    )
    sync: WeightSync = _adapters(config, servers, policy.model, key) if adapted else _transfer(config, servers, key)
    return Servers(policy, sync, trained, patience=config.sampler_patience, ranks=ranks)


def _adapters(config: TrainConfig, servers: Sequence[str], name: str, key: str) -> LoraReload:
    from sge_agent.policies.weight_sync import LoraReload

    folder = Path(config.sampler_folder) if config.sampler_folder else config.folder / "adapters"
    return LoraReload([f"{server}/v1" for server in servers], name, folder, api_key=key, retries=0)


def _transfer(config: TrainConfig, servers: Sequence[str], key: str) -> TransferSync:
    from sge_agent.policies.carrier import GroupCarrier
    from sge_agent.policies.weight_sync import TransferSync

    device = config.device if config.sampler_carrier == "nccl" else "cpu"
    return TransferSync(
        servers, GroupCarrier(config.sampler_carrier, device=device, host=config.sampler_host or None), api_key=key
    )


def make_learner(
    config: TrainConfig, policy: TransformersPolicy, needs: Set[str] = frozenset(), ranks: Ranks | None = None
) -> Learner:
    """The learner of the policy's weights; ``needs`` is what the exploration method wants to know."""
    from sge_agent.features import FROZEN
    from sge_agent.learner import Learner
    from sge_agent.losses import LOSSES, dual_clipped

    if config.shard and ranks is not None and ranks.count > 1 and policy.shards is None:
        try:
            policy.shard(ranks)
        except (ValueError, ImportError) as error:
            raise RunError(f"the model cannot be sharded: {error}") from error
    return Learner(
        policy,
        lr=config.learning_rate,
        warmup_updates=config.warmup_updates,
        final_lr=config.final_learning_rate,
        total_updates=config.updates,
        epochs=config.epochs,
        minibatches=config.batches_per_epoch,
        loss=LOSSES[config.loss] if config.dual_clip is None else dual_clipped(config.dual_clip),
        clip=config.clip,
        clip_low=config.clip_low,
        clip_high=config.clip_high,
        max_grad_norm=config.max_grad_norm,
        estimator=config.advantage,
        separate_baselines=config.separate_baselines,
        aggregate=config.aggregate,
        constant_length=config.constant_length,
        plain_temperature=config.plain_temperature,
        old_logprobs=config.old_logprobs,
        correction=config.correction,
        correction_bound=config.correction_bound,
        ranks=ranks,
        reference=policy.frozen() if any(name.endswith(FROZEN) for name in needs) else None,
        microbatch_tokens=config.tokens_per_pass,
        microbatch_trained=config.trained_per_pass,
    )


def model_path(model: str) -> str:
    """Where the weights are: embedded models become their folder, anything else stays as it is."""
    if not model:
        raise RunError("no model is named: give a folder or a hub name with --model, or use a recipe")
    if not model.startswith(EMBEDDED):
        if model[:1] in ("/", ".", "~") and not Path(model).expanduser().is_dir():
            raise RunError(f"there is no model folder {model}")
        return str(Path(model).expanduser()) if model[:1] == "~" else model
    name = model.removeprefix(EMBEDDED)
    folder = resources.files("sge_agent") / "checkpoints"
    known = sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []
    if name not in known:
        raise RunError(
            f"there is no embedded model {name!r}, there are: {', '.join(known) or 'none'}{did_you_mean(name, known)}"
        )
    return str(folder / name)
