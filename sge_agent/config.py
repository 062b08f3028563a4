"""The settings of a training run: the one configuration class. Library classes take arguments."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from sge_agent.exploration.table import make_method, names_of_settings, parts_of
from sge_agent.settings import SettingError, did_you_mean, from_mapping, settings_of
from sge_agent.tasks import apportion
from sge_agent.types import Credit


@dataclass(frozen=True, kw_only=True)
class EnvSettings:
    """One of the environments that a run trains on. ``name`` is what its tasks and metrics are called by."""

    name: str
    env: str
    env_options: Mapping[str, Any]
    split: str
    tasks: int
    held_out_split: str
    held_out_tasks: int
    weight: float


_OF_ONE_ENV = ("env", "env_options", "split", "tasks", "held_out_split", "held_out_tasks")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of a run. Defaults of method and learner are the paper's (arXiv 2603.02045) where it names them."""

    env: str = ""
    """What is played: a gymnasium id, with the package that registers it in front, such as sge_envs:SGE-ALFWorld-v0. Named
    several times: all of them together."""
    env_options: Mapping[str, Any] = field(default_factory=dict)
    """Arguments for making the environment, as name=value,name=value."""
    split: str = ""
    """The split that training tasks are drawn from; empty for environments without splits."""
    tasks: int = 16
    """How many different tasks are trained on."""
    held_out_split: str = ""
    """The split of the tasks that are only evaluated on; empty: further tasks of the training split."""
    held_out_tasks: int = 16
    """How many tasks are kept for evaluation alone; 0 for none."""
    further_envs: tuple[Mapping[str, Any], ...] = ()
    """Environments to train on together with the first: for each a table with env, and where they differ from the first's
    env_options, split, tasks, held_out_split and held_out_tasks; with a name of its own, if you like. On the command line
    as JSON, or simply by repeating --env."""
    env_weights: tuple[float, ...] = ()
    """How many of an update's tasks come from each environment, in proportion, rounded to whole tasks, at least one; empty:
    all alike."""
    max_turns: int | None = None
    """Ends episodes after so many turns, for environments that have no limit of their own."""
    env_workers: int = 0
    """Step the environments in so many processes beside the model, for environments that take longer than a millisecond; 0: in
    this process. What is played stays the same."""
    env_ray: int = 0
    """Step the environments in so many Ray actors of 32 episodes each, on all machines of a Ray cluster (needs the extra ray);
    0: none. What is played stays the same."""
    env_ray_address: str = ""
    """The address of that cluster, as ray start prints it; empty: the one that ray.init() finds, else one on this machine."""
    env_timeout: float = 0.0
    """Seconds that one step of an environment may take in a worker process or Ray actor, or its episode is lost and tried
    again; 0: as long as it likes."""

    model: str = ""
    """The language model: a folder in transformers format, a name on the model hub, or embedded:NAME for one that is
    part of this package."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Number format of the weights."""
    device: str = "cpu"
    """Where the model runs: cpu, cuda, cuda:1, ..."""
    trust_remote_code: bool = False
    """Run the code that a model brings with it. Off: a model that needs its own code is refused."""
    lora_rank: int = 0
    """Train low-rank adapters of this rank instead of all weights (needs the package peft); 0 trains all weights."""
    shard: bool = False
    """Where torchrun has started several processes: spread weights, gradients and optimiser over them (FSDP2), so that each holds a
    part while they are trained. Off: each holds all of them."""
    rows: int = 64
    """How many episodes the model writes for at once: memory and speed, never the result."""
    threads: int = 1
    """CPU threads of the model. One is best for small models, and several runs side by side need one each."""

    sampler: tuple[str, ...] = ()
    """Addresses of vLLM servers that write the episodes, up to rows at a time, such as http://gpu1:8000, with commas between;
    empty: this process does. Needs recomputed old log-probabilities. A key, where they want one, stands in the environment
    variable SGE_SAMPLER_KEY."""
    sampler_model: str = ""
    """What the model is called there, or, with lora_reload, shall be called there; empty: what --model says, and sge."""
    sampler_weights: Literal["transfer", "lora_reload"] = "transfer"
    """How these servers get the trained weights: all of them from memory to memory, or low-rank adapters through a folder."""
    sampler_carrier: Literal["nccl", "gloo"] = "nccl"
    """What carries transferred weights: NCCL from GPU to GPU, as vLLM has it, or gloo between CPUs, for trials."""
    sampler_host: str = ""
    """The address of this machine that the servers reach, for weights that gloo carries; empty: the one of its name."""
    sampler_folder: str = ""
    """A folder for adapters that this machine and the servers see under the same path; empty: adapters in the run's folder."""
    sampler_patience: float = 60.0
    """Seconds that servers may be gone before the run stops."""
    max_staleness: int = 0
    """How many updates old the weights may be that episodes were sampled with when they are trained on: episodes are played so
    many updates ahead, while the learner works. 0: playing and learning take turns. Without servers it needs memory for a
    second copy of the model."""

    prompts: Literal["markdown", "tags", "ui", "think", "plain", "compact"] = "markdown"
    """How strategy and action are asked for and marked: headed blocks, XML tags, tags as for user interfaces, the
    thinking block of a reasoning model, labelled lines, or one running text without instructions."""
    strategy_when: Literal["every_turn", "once", "stuck", "never"] = "every_turn"
    """When a strategy is written: every turn (the paper), in the first turn only, when the agent is stuck, or never, in
    training and in evaluation."""
    strategy_every: int | None = None
    """Write a strategy every so many turns instead."""
    strategy_tokens: int = 512
    """Token limit of a strategy."""
    action_tokens: int = 512
    """Token limit of an action with any reasoning before it."""
    action_multiline: bool = False
    """Take all lines of an action (programs) instead of the first."""
    window: int | None = None
    """How many past turns the model is shown; none: all of them, in one growing context."""
    strategies_retold: int = 8
    """How many different strategies of turns outside the window the model is shown, each cut to 200 characters."""
    actions_shown: int = 0
    """How many admissible actions each prompt lists, where the environment names them."""

    explore: str = "sge"
    """The method: sge mixes temperatures and reflects on earlier strategies; grpo has the same strategy prompt, one
    temperature and no reflection; actre, dapo, egpo and rlad are compositions of papers, seek is our own. Further
    methods are put behind, as in sge+entropy_advantage; they are listed below with their settings. One of your own is
    named module:Class."""
    method_settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the further methods, as name=value,name=value; each is an option of its own, too."""
    strategy_temperature: float = 1.2
    """Temperature of strategy tokens (sge)."""
    action_temperature: float = 0.7
    """Temperature of all other tokens (sge)."""
    one_temperature: float = 1.0
    """Temperature of every token (grpo)."""
    failure_reflection: float = 0.25
    """Probability that an episode is shown strategies that failed on its task."""
    success_reflection: float = 0.1
    """Probability that an episode is shown strategies that worked on its task."""
    reflecting_members: int | None = None
    """Make exactly so many episodes of each group reflect, split in the proportion of the two probabilities."""
    failures_shown: int = 1
    """How many failed episodes a reflection on failure shows."""
    successes_shown: int = 1
    """How many solved episodes a reflection on success shows."""
    failures_beside_success: int = 0
    """How many failed episodes a reflection on success shows beside them."""
    show_feedback: bool = True
    """Show what the environment said at the end of a failed episode."""
    memory_size: int = 32
    """How many failures, and how many successes, are remembered per task; the oldest are forgotten first."""
    memory_file: str = ""
    """An SQLite file in which the memory is shared with other runs, also at the same time; empty: a memory of its own."""
    reflection_credit: Credit = "as_sampled"
    """Under which prompt reflecting episodes are trained: the one they were played with (the paper), the plain one
    without the hint, both, or not at all."""

    updates: int = 100
    """How many learner updates the run has."""
    tasks_per_update: int = 8
    """How many tasks are played per update; an epoch goes through all of them in random order."""
    group_size: int = 16
    """How many episodes of each task are played and compared per update."""
    learning_rate: float = 1e-6
    """Adam's learning rate."""
    final_learning_rate: float = 1.0
    """Share of the learning rate that is left in the last update; it falls in a straight line."""
    warmup_updates: int = 0
    """Over how many first updates the learning rate rises from zero."""
    epochs: int = 2
    """How often each update goes through its episodes."""
    batches_per_epoch: int = 1
    """Into how many optimiser steps an epoch is divided."""
    loss: Literal["clipped", "gspo", "cispo"] = "clipped"
    """The loss of a token: clipped as in PPO, with one ratio for a whole context (gspo), or with the clipped ratio as a
    constant weight, so that no token loses its gradient (cispo)."""
    clip: float = 0.2
    """How far a token's probability ratio may move before its gradient is cut off, in both directions."""
    clip_low: float | None = None
    """How far it may fall; none: as clip says."""
    clip_high: float | None = None
    """How far it may rise (more than it may fall: DAPO's clip-higher); none: as clip says."""
    dual_clip: float | None = None
    """Bound the ratio of tokens with negative advantage, which the clip leaves open (3 is usual); none: as the paper."""
    max_grad_norm: float = 1.0
    """Gradients are scaled down to this norm."""
    advantage: Literal["grpo", "dr_grpo", "rloo"] = "grpo"
    """How returns become advantages: with the group's mean and standard deviation, its mean alone, or the mean of the
    other members."""
    separate_baselines: bool = False
    """Compare reflecting episodes with reflecting ones, and plain ones with plain ones."""
    aggregate: Literal["token_mean", "sequence_mean", "constant"] = "token_mean"
    """How the tokens of an update make one loss: every token counts the same, or every episode, or divided by a fixed
    number."""
    constant_length: float = 1024.0
    """That number, per episode."""
    old_logprobs: Literal["sampled", "recomputed"] = "sampled"
    """Whose log-probabilities a ratio starts from: those recorded while sampling, or computed again before the update
    (for samplers whose arithmetic differs)."""
    correction: Literal["none", "token_truncated", "token_masked", "sequence_truncated", "sequence_masked"] = "none"
    """Weigh the loss of each token, or of each context, by how much more likely the learner finds it than the sampler did: with
    weights truncated at a bound, or set to 0 beyond it. Needs recomputed old log-probabilities."""
    correction_bound: float = 2.0
    """That bound: 2 or 3 for tokens; contexts, whose weights are products, vary more."""
    plain_temperature: Literal["one", "sampled"] = "one"
    """Temperature at which reflecting episodes are scored under the plain prompt: 1, or what each token was sampled
    at."""
    tokens_per_pass: int = 16384
    """Tokens, padding included, that go through the model at once in training: memory, never the result."""
    trained_per_pass: int = 4096
    """Trained tokens that go through the model at once, each with logits over the vocabulary: memory, never the result."""
    activation_checkpointing: bool = False
    """Compute activations again in the backward pass: less memory, more time, never another result."""

    eval_episodes: int = 16
    """Episodes per task in the evaluations before and after training; 0 for no evaluation."""
    eval_every: int = 0
    """Also evaluate every so many updates, for learning curves; 0 for never."""
    eval_every_episodes: int = 4
    """Episodes per task in these evaluations."""
    eval_temperature: float | None = None
    """Temperature of every token in evaluation; none: the one that actions are sampled at in training."""
    pass_k: tuple[int, ...] = (1, 4, 16)
    """The k of pass@k; those above the number of episodes per task are left out."""

    run_dir: str = ""
    """The run's folder; empty: runs/, named after method, environment and seed."""
    seed: int = 0
    """Seed of everything that is drawn at random in the run."""
    checkpoint_every: int = 10
    """Save a checkpoint every so many updates, and at the end."""
    checkpoints_kept: int = 2
    """How many of the last checkpoints are kept; the best one always is."""
    transcripts_every: int = 1
    """Write episodes to the transcript in every so many-th update."""
    transcripts_per_update: int = 16
    """How many episodes of such an update are written; the first success on a task always is."""
    loggers: tuple[Literal["tensorboard", "wandb", "trackio"], ...] = ()
    """Where metrics also go, besides metrics.jsonl: tensorboard, wandb (nothing is sent unless WANDB_MODE=online) or trackio,
    with commas between; each is an extra of this package."""

    def __post_init__(self) -> None:
        for name in ("tasks", "updates", "tasks_per_update", "group_size", "epochs", "batches_per_epoch", "threads"):
            self._require(name, getattr(self, name) >= 1, "1 or more")
        for name in (
            "strategy_temperature",
            "action_temperature",
            "one_temperature",
            "learning_rate",
            "clip",
            "constant_length",
        ):
            self._require(name, getattr(self, name) > 0, "more than 0")
        for name in (
            "held_out_tasks",
            "eval_episodes",
            "eval_every",
            "warmup_updates",
            "env_workers",
            "env_ray",
            "env_timeout",
            "transcripts_per_update",
            "lora_rank",
            "sampler_patience",
            "max_staleness",
            "strategies_retold",
        ):
            self._require(name, getattr(self, name) >= 0, "0 or more")
        for name in (
            "checkpoint_every",
            "checkpoints_kept",
            "transcripts_every",
            "memory_size",
            "eval_every_episodes",
            "tokens_per_pass",
            "trained_per_pass",
            "rows",
        ):
            self._require(name, getattr(self, name) >= 1, "1 or more")
        self._require("env_ray", not (self.env_ray and self.env_workers), "0 where --env-workers is given")
        self._require("env_ray_address", self.env_ray > 0 or not self.env_ray_address, "empty without --env-ray")
        for name in ("clip_low", "clip_high", "eval_temperature"):
            self._require(name, getattr(self, name) is None or getattr(self, name) > 0, "more than 0")
        self._require("dual_clip", self.dual_clip is None or self.dual_clip > 1, "more than 1")
        self._require("dual_clip", self.dual_clip is None or self.loss == "clipped", "none unless the loss is clipped")
        self._require(
            "correction",
            self.correction == "none" or self.old_logprobs == "recomputed",
            "none without --old-logprobs recomputed",
        )
        self._require("correction_bound", self.correction_bound > 1, "more than 1")
        self._check_sampler()
        self._require(
            "shard",
            not (self.shard and self.max_staleness and not self.sampler),
            "off with --max-staleness, unless servers sample",
        )
        self._require("final_learning_rate", 0 <= self.final_learning_rate <= 1, "between 0 and 1")
        self._require("failure_reflection", 0 <= self.failure_reflection <= 1, "between 0 and 1")
        both = self.failure_reflection + self.success_reflection
        self._require(
            "success_reflection", self.success_reflection >= 0 and both <= 1, "between 0 and 1 - failure_reflection"
        )
        self._check_envs()
        self._require("pass_k", all(k >= 1 for k in self.pass_k), "numbers of 1 or more")
        known = names_of_settings(self.methods)
        for name in self.method_settings:
            if name not in known:
                raise SettingError(f"no method has a setting {name!r}{did_you_mean(name, known)}")
        for name in self.methods:
            make_method(name, self.method_settings)

    def _check_sampler(self) -> None:
        if not self.sampler:
            return
        if any("@" in address for address in self.sampler):  # not shown: it is a secret
            raise SettingError("--sampler must be without names and passwords: put a key into SGE_SAMPLER_KEY")
        plain = all(re.fullmatch(r"https?://[^/?#:\s]+(:\d{1,5})?(/v1)?/?", address) for address in self.sampler)
        different = {address.rstrip("/").removesuffix("/v1") for address in self.sampler}
        self._require(
            "sampler",
            plain and len(different) == len(self.sampler),
            "addresses of different servers, such as http://gpu1:8000",
        )
        self._require("old_logprobs", self.old_logprobs == "recomputed", "recomputed with --sampler")
        wanted = "lora_reload" if self.lora_rank else "transfer"
        why = "with" if self.lora_rank else "without"
        self._require("sampler_weights", self.sampler_weights == wanted, f"{wanted} {why} --lora-rank")

    def _check_envs(self) -> None:
        for table in self.further_envs:
            unknown = [name for name in table if name not in (*_OF_ONE_ENV, "name")]
            if unknown or "env" not in table:
                what = (
                    f"has no setting {unknown[0]!r}{did_you_mean(unknown[0], _OF_ONE_ENV)}" if unknown else "needs env"
                )
                raise SettingError(f"--further-envs: an environment {what}, got {dict(table)}")
        count = 1 + len(self.further_envs)
        weights = self.env_weights
        self._require("env_weights", len(weights) in (0, count), f"one number for each of {count} environments")
        self._require("env_weights", all(weight > 0 for weight in weights), "numbers of more than 0")
        names = [env.name for env in self.envs]
        self._require("further_envs", len(set(names)) == len(names), f"tables of different names, not {names}")
        self._require("tasks_per_update", self.tasks_per_update >= count, f"at least one for each of {count} envs")
        for env, share in zip(self.envs, self.tasks_of_envs, strict=True):
            whose = f" of {env.name}" if count > 1 else ""
            self._require("tasks_per_update", share <= env.tasks, f"at most the number of tasks{whose}, {env.tasks}")

    def _require(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            raise SettingError(f"--{name.replace('_', '-')} must be {wanted}, got {getattr(self, name)}")

    @property
    def envs(self) -> tuple[EnvSettings, ...]:
        """All environments of the run, the first one first."""
        first = {name: getattr(self, name) for name in _OF_ONE_ENV}
        weights = self.env_weights or (1.0,) * (1 + len(self.further_envs))
        found: list[EnvSettings] = []
        for table, weight in zip(({}, *self.further_envs), weights):
            values = {**first, **table}
            called = str(values.pop("name", values["env"]))
            same = sum(env.env == values["env"] for env in found)
            name = f"{called}-{same + 1}" if same and "name" not in table else called
            found.append(EnvSettings(name=name, **values, weight=weight))
        return tuple(found)

    @property
    def tasks_of_envs(self) -> tuple[int, ...]:
        """How many tasks of each environment an update plays."""
        return apportion(self.tasks_per_update, [env.weight for env in self.envs])

    @property
    def mixes(self) -> bool:
        """Is the method's base sge, with a temperature for strategies and reflection?"""
        return parts_of(self.explore)[0] == "sge"

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods behind the base, in order."""
        return parts_of(self.explore)[1:]

    @property
    def sampling_temperature(self) -> float:
        """The temperature that actions are sampled at in training."""
        return self.action_temperature if self.mixes else self.one_temperature

    @property
    def evaluation_temperature(self) -> float:
        return self.sampling_temperature if self.eval_temperature is None else self.eval_temperature

    @property
    def folder(self) -> Path:
        """The run's folder, made from method, environment and seed where none is named."""
        if self.run_dir:
            return Path(self.run_dir)
        env = "".join(c if c.isalnum() or c in "-._" else "-" for c in self.env.rpartition(":")[2]).lower()
        env = env.removeprefix("sge-")  # the method stands before it
        return Path("runs") / f"{self.explore.replace(':', '.')}-{env}-seed{self.seed}"


def config_from_mapping(values: Mapping[str, Any], *, base: TrainConfig | None = None, source: str) -> TrainConfig:
    """The settings with ``values`` over ``base``; settings of exploration methods stand among the others.

    Raises ``SettingError`` for an unknown name, with the nearest one, and for values that are not possible.
    """
    given = {name.replace("-", "_"): value for name, value in values.items()}
    explore = str(given.get("explore", (base or TrainConfig()).explore))
    of_methods = set(names_of_settings(parts_of(explore)[1:]))
    known = {s.name for s in settings_of(TrainConfig)} | of_methods
    for name in given:
        if name not in known:
            raise SettingError(f"{source}: there is no setting {name!r}{did_you_mean(name, known)}")
    own = {name: value for name, value in given.items() if name in of_methods}
    rest = {name: value for name, value in given.items() if name not in of_methods}
    if own:
        before = rest.get("method_settings", base.method_settings if base is not None else {})
        rest["method_settings"] = {**before, **own}
    return from_mapping(TrainConfig, rest, base=base, source=source)


SECTIONS: Mapping[str, str] = {
    "env": "What is played",
    "model": "The model",
    "sampler": "Where episodes are sampled",
    "prompts": "The agent",
    "explore": "Exploration",
    "updates": "Learning",
    "eval_episodes": "Evaluation",
    "run_dir": "The run",
}
"""Headings of the help: the first setting of each section, and its title."""


def load_toml(path: Path, *, base: TrainConfig | None = None) -> TrainConfig:
    """The settings of a TOML file over ``base``. Raises ``SettingError`` naming the file and what is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingError(f"cannot read the settings in {path}: {error.strerror}") from error
    return _from_toml(text, source=str(path), base=base)


def load_recipe(name: str) -> TrainConfig:
    """Settings that come with this package. Raises ``SettingError`` for an unknown name."""
    if name not in recipe_names():
        raise SettingError(
            f"there is no recipe {name!r}, there are: {', '.join(recipe_names())}{did_you_mean(name, recipe_names())}"
        )
    text = (resources.files("sge_agent") / "recipes" / f"{name}.toml").read_text(encoding="utf-8")
    return _from_toml(text, source=f"recipe {name}", base=None)


def recipe_names() -> list[str]:
    """The recipes of this package."""
    folder = resources.files("sge_agent") / "recipes"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def _from_toml(text: str, *, source: str, base: TrainConfig | None) -> TrainConfig:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{source} is no valid TOML: {error}") from error
    return config_from_mapping(values, base=base, source=source)
