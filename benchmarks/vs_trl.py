"""A whole update of ours beside TRL's: the same model, environment, prompts and lengths, CPU seconds on one thread.

    python -m benchmarks.vs_trl [--quick]

Updates alternate in one process, one of TRL's and one of ours, so that both meet the same machine. TRL plays through
``environment_factory``, without gradient checkpointing, with ``generate`` and its cache, and in micro-batches of 16, which were
faster for it here than 8 or 64. The model is Qwen3-shaped with random weights and writes whatever comes to it; every turn takes
all of its tokens, and every text is read as a call, so both sides write and train on equally many tokens.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.rows import Benchmark, Row, Skip, at_least, main_of

SOURCES = Path(__file__).resolve().parent.parent
VOCABULARY = 4096
RATE = 1e-5


@dataclass(frozen=True, slots=True)
class Load:
    """What one update plays: ``prompts`` x ``members`` episodes of ``turns`` turns. Lengths in tokens, about."""

    prompts: int
    members: int
    turns: int
    prompt_tokens: int
    turn_tokens: int
    seen_tokens: int


MULTI = Load(prompts=8, members=8, turns=5, prompt_tokens=280, turn_tokens=24, seen_tokens=40)
SINGLE = Load(prompts=8, members=8, turns=1, prompt_tokens=64, turn_tokens=64, seen_tokens=0)
SMALL = Load(prompts=2, members=4, turns=3, prompt_tokens=64, turn_tokens=8, seen_tokens=12)


@dataclass(slots=True)
class Cost:
    """CPU seconds of updates, and the tokens that were sampled in them."""

    rollout: list[float] = field(default_factory=list)
    update: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)

    @property
    def learner(self) -> list[float]:
        return [whole - part for whole, part in zip(self.update, self.rollout, strict=True)]


class World:
    """An environment of fixed texts: a prompt, then the same kind of observation ``turns`` times. The reward is a coin's, tossed
    by what was said."""

    def __init__(self, load: Load, texts: Mapping[str, list[str]]) -> None:
        self._load, self._texts = load, texts
        self._turn, self._said, self._seed = 0, "", 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        self._turn, self._said, self._seed = 0, "", seed or 0
        return self._texts["prompts"][self._seed], {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self._turn += 1
        self._said += action
        over = self._turn == self._load.turns
        seen = "" if over else self._texts["seen"][self._seed * self._load.turns + self._turn]
        return seen, self.reward() if over else 0.0, over, False, {}

    def reward(self) -> float:
        return float(hashlib.sha256(self._said.encode()).digest()[0] % 2)

    def close(self) -> None: ...


def run(quick: bool) -> Iterator[Row]:
    """The rows of all workloads."""
    try:
        import torch
        import trl
    except ImportError as error:
        raise Skip(f"needs TRL ({error}): pip install 'strategy-guided-exploration[train,trl]'") from error
    torch.set_num_threads(1)
    logging.getLogger("transformers").setLevel(logging.ERROR)
    repeats = 2 if quick else 4
    for name, load, bars in (
        ("several turns", SMALL if quick else MULTI, (2.5, 1.8, 2.5)),
        ("one turn", SMALL if quick else SINGLE, (1.5, None, None)),
    ):
        theirs, ours = measure(load, repeats)
        told = f"{load.prompts} x {load.members} episodes, TRL {trl.__version__}"
        for part, bar in zip(("update", "rollout", "learner"), bars, strict=True):
            yield _ratio(f"{name}: {part}, TRL / ours", getattr(theirs, part), getattr(ours, part), bar, told)
        sampled = [statistics.median(side.tokens) for side in (theirs, ours)]
        yield Row(
            f"{name}: tokens sampled, TRL / ours", sampled[0] / sampled[1], detail=f"{sampled[1]:,.0f} in an update"
        )
    theirs_rate, ours_rate = decode(8 if quick else 64, 16 if quick else 128, repeats)
    yield _ratio("decoding a full batch, ours / generate, tokens per CPU second", ours_rate, theirs_rate, 1.5, "")


def _ratio(name: str, above: list[float], below: list[float], bar: float | None, told: str) -> Row:
    ratios = sorted(a / b for a, b in zip(above, below, strict=True))
    seconds = f"{statistics.median(above):,.4g} to {statistics.median(below):,.4g}"
    spread = f"{ratios[0]:.2f}-{ratios[-1]:.2f}"
    detail = ", ".join(part for part in (seconds, spread, told) if part)
    return Row(name, statistics.median(ratios), "x", None if bar is None else at_least(bar), detail)


def measure(load: Load, repeats: int) -> tuple[Cost, Cost]:
    """TRL's cost and ours, of updates that alternate; the first of each is not counted."""
    tokenizer = make_tokenizer()
    texts = make_texts(load, tokenizer)
    ours, play_and_learn = Cost(), our_update(load, texts, tokenizer)
    theirs = trl_updates(load, texts, tokenizer, repeats + 1, lambda: play_and_learn(ours))
    for cost in (theirs, ours):
        for numbers in (cost.rollout, cost.update, cost.tokens):
            del numbers[0]
    return theirs, ours


def make_model() -> Any:
    """4.2 M parameters of Qwen3's architecture, the same weights each time."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=4,
        num_attention_heads=8,
        num_key_value_heads=4,
        head_dim=32,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        pad_token_id=1,
        eos_token_id=0,
        bos_token_id=None,
    )
    return Qwen3ForCausalLM(config).eval()


def make_tokenizer() -> Any:
    """A byte-level tokenizer of :data:`VOCABULARY` pieces, learned from this project's own source."""
    from sge_agent.cloning import train_tokenizer
    from sge_wrappers.bridges.trl_template import line_template

    files = sorted((SOURCES / "sge_agent").rglob("*.py"))
    return line_template(train_tokenizer((path.read_text("utf-8") for path in files), vocab_size=VOCABULARY))


def make_texts(load: Load, tokenizer: Any) -> dict[str, list[str]]:
    """Prompts and observations of about the lengths that ``load`` names, no two alike."""
    words = (SOURCES / "sge_agent" / "learner.py").read_text("utf-8").replace("\n", " ").split()

    def text(number: int, tokens: int) -> str:
        start = number * 37 % (len(words) // 2)
        ids = tokenizer.encode(f"{number} " + " ".join(words[start:] + words), add_special_tokens=False)
        return str(tokenizer.decode(ids[: max(tokens, 1)])).strip()

    seen = [text(1000 + i, load.seen_tokens) for i in range(load.prompts * load.turns)]
    return {"prompts": [text(i, load.prompt_tokens) for i in range(load.prompts)], "seen": seen}


def our_update(load: Load, texts: Mapping[str, list[str]], tokenizer: Any) -> Callable[[Cost], None]:
    """A function that plays and learns one update, and adds what it cost."""
    from sge_agent.agent import StrategyAgent
    from sge_agent.envs import LocalPool
    from sge_agent.exploration.base import Exploration, ExplorationContext
    from sge_agent.heads import ActionHead
    from sge_agent.learner import Learner
    from sge_agent.policies.transformers import TransformersPolicy
    from sge_agent.prompts import COMPACT
    from sge_agent.rollout import play_groups
    from sge_agent.types import EpisodeSpec, TaskRef

    policy = TransformersPolicy(make_model(), tokenizer, chat=False, max_rows=load.prompts * load.members)
    head = ActionHead(replace(COMPACT.action, stop=()), temperature=1.0, max_tokens=load.turn_tokens)
    agent = StrategyAgent(prompts=COMPACT, action=head, when="never")
    learner = Learner(policy, lr=RATE, epochs=1)
    pool = LocalPool({"world": lambda: World(load, texts)})
    done = 0

    def update(cost: Cost) -> None:
        import numpy as np

        nonlocal done
        begun = time.process_time()
        specs = [
            EpisodeSpec(TaskRef("world", task), seed=1000 * done + 10 * task + member)
            for task in range(load.prompts)
            for member in range(load.members)
        ]
        ctx = ExplorationContext(update=done, total_updates=100, rng=np.random.default_rng(done))
        groups = play_groups(specs, agent, policy, pool, Exploration(), ctx)
        played = time.process_time()
        learner.step(groups)
        cost.rollout.append(played - begun)
        cost.update.append(time.process_time() - begun)
        cost.tokens.append(sum(t.sampled_tokens for group in groups for t in group.trajectories))
        done += 1

    return update


def trl_updates(
    load: Load, texts: Mapping[str, list[str]], tokenizer: Any, updates: int, between: Callable[[], None]
) -> Cost:
    """What ``updates`` of TRL's cost; ``between`` is called after each."""
    import datasets
    from transformers import TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    class Environment:
        """TRL's view of :class:`World`."""

        def __init__(self) -> None:
            self._world = World(load, texts)

        def reset(self, **row: Any) -> str:
            return self._world.reset(seed=int(row["task"]))[0]

        def act(self, action: str) -> str:
            """Act.

            Args:
                action: what to do.

            Returns:
                What you see.
            """
            return self._world.step(action)[0]

        def get_reward(self) -> float:
            return self._world.reward()

    cost = Cost()

    class Clock(TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            self.begun = time.process_time()

        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            cost.update.append(time.process_time() - self.begun)
            between()

    class Trainer(GRPOTrainer):  # type: ignore[misc, unused-ignore]
        def _generate_and_score_completions(self, inputs: Any) -> Any:
            begun = time.process_time()
            found = super()._generate_and_score_completions(inputs)
            cost.rollout.append(time.process_time() - begun)
            mask = found["completion_mask"] * found.get("tool_mask", found["completion_mask"])
            cost.tokens.append(int(mask.sum()))
            return found

    episodes = load.prompts * load.members
    length = load.turns * load.turn_tokens + (load.turns - 1) * (load.seen_tokens + 8)
    message = [{"role": "user", "content": ""}]
    rows = [{"prompt": message, "task": task} for _ in range(updates) for task in range(load.prompts)]
    calls = {"type": "function", "function": {"name": "act", "arguments": {"action": ""}}}

    def parse(tok: Any, ids: Any, **rest: Any) -> dict[str, Any]:
        """Every text is a call, as long as there are turns left: TRL stops at its limit of calls."""
        call = {**calls, "function": {"name": "act", "arguments": {"action": tok.decode(ids)}}}
        return {"role": "assistant", "content": "", "tool_calls": [call]}

    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(mock.patch.dict(os.environ, {"TRL_EXPERIMENTAL_SILENCE": "1"}))
        stack.enter_context(mock.patch("trl.trainer.grpo_trainer.parse_response", parse))
        config = GRPOConfig(
            output_dir=folder,
            max_steps=updates,
            per_device_train_batch_size=min(16, episodes),
            gradient_accumulation_steps=episodes // min(16, episodes),
            num_generations=load.members,
            shuffle_dataset=False,
            learning_rate=RATE,
            beta=0.0,
            loss_type="dapo",
            temperature=1.0,
            max_completion_length=length,
            max_tool_calling_iterations=load.turns - 1,
            generation_kwargs={"max_new_tokens": load.turn_tokens},
            gradient_checkpointing=False,
            bf16=False,
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            logging_strategy="no",
            disable_tqdm=True,
        )
        data = datasets.Dataset.from_list(rows)
        trainer = Trainer(
            make_model(), None, config, data, None, tokenizer, callbacks=[Clock()], environment_factory=Environment
        )
        trainer.train()
    return cost


def decode(rows: int, tokens: int, repeats: int) -> tuple[list[float], list[float]]:
    """Tokens per CPU second of ``generate`` and of ours: ``rows`` contexts that begin with 64 tokens, no two alike."""
    import torch
    from transformers import GenerationConfig

    from sge_agent.policies.transformers import TransformersPolicy
    from sge_agent.policy import Job
    from sge_agent.types import SamplingParams

    model, tokenizer = make_model(), make_tokenizer()
    policy = TransformersPolicy(model, tokenizer, chat=False, max_rows=rows)
    torch.manual_seed(0)
    ids = torch.randint(2, VOCABULARY, (rows, 64))
    config = GenerationConfig(
        do_sample=True, max_new_tokens=tokens, min_new_tokens=tokens, eos_token_id=0, pad_token_id=1, top_k=0
    )

    def theirs() -> int:
        out = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=config)
        return int(out.shape[0] * (out.shape[1] - ids.shape[1]))

    def ours() -> int:
        sampling = SamplingParams(temperature=1.0, max_tokens=tokens)
        for i, row in enumerate(ids.tolist()):
            policy.submit(Job(context=(i,), tokens=tuple(row), sampling=sampling, rng=i))
        found = 0
        while found < rows * tokens * 0.98:  # a few may end early: any of 4,096 tokens ends a text
            samples = policy.collect()
            if not samples:
                break
            found += sum(len(sample.tokens) for _, sample in samples)
        for i in range(rows):
            policy.release((i,))
        return found

    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for side, work in zip(rates, (theirs, ours), strict=True):
            begun = time.process_time()
            count = work()
            side.append(count / (time.process_time() - begun))
    return rates


BENCHMARK = Benchmark("a whole update, its rollout and its learner beside TRL's; decoding beside generate", run)
main = main_of(BENCHMARK)

if __name__ == "__main__":
    sys.exit(main())
