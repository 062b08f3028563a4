"""Behaviour cloning: a tokenizer and a small causal language model from demonstrations, in ordinary transformers format.

This is how the embedded base models are made. A family writes demonstrations (texts through the agent's own prompts, so that
what the model reads here is token for token what it reads later); everything else is here.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sge_agent.episode import Agent, Episode
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.policy import Policy, Sample
from sge_agent.types import Env, EpisodeSpec, Request, SamplingParams, Trajectory

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


END, PAD = "<|endoftext|>", "<|pad|>"
ENTITY = r" ?[A-Za-z]+ \d+| ?[A-Za-z]+| ?\d+| ?[^\sA-Za-z\d]+|\s+"
"""Pre-tokens: " cabinet 1" stays one piece, so that an entity can become one token."""


@dataclass(frozen=True, slots=True)
class Example:
    """One demonstrated context.

    ``tokens`` [T] and, for each, whether the model is ``trained`` to write it. ``avoid`` has pairs (position, token): what must
    NOT stand there, for a base whose proposals are to be narrow.
    """

    tokens: tuple[int, ...]
    trained: tuple[bool, ...]
    avoid: tuple[tuple[int, int], ...] = ()


def train_tokenizer(
    texts: Iterable[str], *, vocab_size: int, phrases: Sequence[str] = (), pattern: str = ENTITY
) -> PreTrainedTokenizerFast:
    """A byte-level BPE that gives back any text exactly: ``decode(encode(text)) == text``.

    ``phrases`` are whole tokens of their own (frequent fixed sentences of an environment), on top of ``vocab_size``.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    # phrases are cut out of the corpus first, so that merges are spent on what remains
    tokenizer.add_tokens([AddedToken(p, normalized=False, special=False) for p in phrases])
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    pieces = (piece for text in texts for piece in _without(text, phrases))
    tokenizer.train_from_iterator(pieces, trainer)
    tokenizer.add_tokens([AddedToken(p, normalized=False, special=False) for p in phrases])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token=END, pad_token=PAD, clean_up_tokenization_spaces=False
    )


def _without(text: str, phrases: Sequence[str]) -> list[str]:
    pieces = [text]
    for phrase in sorted(phrases, key=len, reverse=True):
        pieces = [part for piece in pieces for part in piece.split(phrase)]
    return [piece for piece in pieces if piece]


@dataclass(frozen=True, slots=True)
class Line:
    """What a teacher writes in the model's place: ``learn`` says whether the model is trained on it.

    ``avoid`` are other texts that the model must not write here; they count from the first token in which they differ.
    """

    text: str
    learn: bool = True
    avoid: tuple[str, ...] = ()


Teacher = Callable[[Episode], Line]
"""Answers the request that an episode waits with."""

Show = Callable[[Policy, np.random.Generator], tuple[Trajectory, Example]]
"""Makes one demonstration, drawn at random, in the tokens of a policy."""


def demonstrate(
    spec: EpisodeSpec, agent: Agent, env: Env, teacher: Teacher, policy: Policy
) -> tuple[Trajectory, Example]:
    """One episode of ``agent`` in ``env`` with ``teacher`` in the model's place: token for token what the agent would see."""
    episode = Episode(spec, agent, policy)
    episode.begin(*env.reset(seed=spec.task.seed, options=dict(spec.task.options)))
    learned: list[tuple[int, int]] = []
    avoid: list[tuple[int, int]] = []
    while not episode.done:
        while episode.request is not None:
            line = teacher(episode)
            start = len(episode.tokens)
            ids = _write(policy, line.text)
            if line.learn:
                learned.append((start, start + len(ids)))
                avoid += [
                    (start + at, other[at])
                    for text in line.avoid
                    if (at := _fork(ids, other := _write(policy, text))) >= 0
                ]
            zeros = (0.0,) * len(ids)
            episode.answer(Sample(ids, zeros, zeros, line.text, "stop"))
        episode.step(*env.step(episode.action))
    trajectory = episode.trajectory()
    tokens = trajectory.contexts[0].tokens
    trained = [False] * len(tokens)
    for start, end in learned:
        trained[start:end] = [True] * (end - start)
    return trajectory, Example(tokens, tuple(trained), tuple(avoid))


def _write(policy: Policy, text: str) -> tuple[int, ...]:
    return tuple(policy.encode([0], Request(role="action", sampling=SamplingParams(), prefill=text)))


def _fork(ids: Sequence[int], other: Sequence[int]) -> int:
    """The first position at which ``other`` differs from ``ids``; -1 if it does not."""
    return next((i for i, (a, b) in enumerate(zip(ids, other)) if a != b), -1)


def new_model(
    vocab_size: int, *, width: int = 128, layers: int = 3, heads: int = 4, max_positions: int = 2048, seed: int = 0
) -> PreTrainedModel:
    """A small random Qwen3 (tied embeddings, SwiGLU, RMSNorm, rotary positions)."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=vocab_size,
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        head_dim=width // heads,
        max_position_embeddings=max_positions,
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Qwen3ForCausalLM(config)


def clone(
    model: PreTrainedModel,
    examples: Sequence[Example],
    *,
    steps: int,
    batch_size: int = 64,
    lr: float = 3.5e-3,
    warmup: float = 0.05,
    weight_decay: float = 0.01,
    max_grad_norm: float = 1.0,
    avoid_below: float = -14.0,
    seed: int = 0,
    log: Callable[[int, float, float], None] | None = None,
) -> None:
    """Next-token cross-entropy on the trained tokens, AdamW, cosine to zero. ``log(step, loss, seconds)`` every 50 steps.

    A token to avoid adds how far its log-probability (nats) stands above ``avoid_below``.

    Batches are drawn without replacement, epoch after epoch, and sorted by length inside a pool of batches so
    that little is padded.
    """
    import torch

    rng = np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.98), weight_decay=weight_decay)
    decoder: Any = model.get_decoder()  # type: ignore[no-untyped-call]
    head: Any = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    model.train()
    started, running = time.monotonic(), 0.0
    batches = _batches(examples, batch_size, rng)
    for step in range(steps):
        done = step / steps
        for group in optimizer.param_groups:
            group["lr"] = lr * min(1.0, done / warmup if warmup else 1.0) * 0.5 * (1 + math.cos(math.pi * done)) + 1e-6
        ids, keep, avoid = next(batches)
        hidden = decoder(input_ids=ids[:, :-1]).last_hidden_state
        mask = keep[:, 1:]
        loss = torch.nn.functional.cross_entropy(head(hidden[mask]), ids[:, 1:][mask])
        if len(avoid):
            logprobs = head(hidden[avoid[:, 0], avoid[:, 1] - 1]).log_softmax(-1)
            loss = loss + 0.1 * (logprobs.gather(1, avoid[:, 2:]) - avoid_below).relu().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_grad_norm)
        optimizer.step()
        running = 0.98 * running + 0.02 * loss.item() if step else loss.item()
        if log and (step % 50 == 0 or step == steps - 1):
            log(step, running, time.monotonic() - started)
    model.eval()  # type: ignore[no-untyped-call]


def _batches(
    pool: Sequence[Example], batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    import torch

    while True:
        order = rng.permutation(len(pool))
        for chunk_start in range(0, len(order), batch_size * 32):
            chunk = sorted(order[chunk_start : chunk_start + batch_size * 32], key=lambda i: len(pool[i].tokens))
            groups = [chunk[i : i + batch_size] for i in range(0, len(chunk), batch_size)]
            for g in rng.permutation(len(groups)):
                rows = [pool[i] for i in groups[g]]
                width = max(len(r.tokens) for r in rows)
                ids = torch.zeros(len(rows), width, dtype=torch.long)
                keep = torch.zeros(len(rows), width, dtype=torch.bool)
                for b, row in enumerate(rows):
                    ids[b, : len(row.tokens)] = torch.tensor(row.tokens)
                    keep[b, : len(row.tokens)] = torch.tensor(row.trained)
                avoid = [(b, position, token) for b, row in enumerate(rows) for position, token in row.avoid]
                yield ids, keep, torch.tensor(avoid, dtype=torch.long).view(-1, 3)


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> int:
    """Write an ordinary transformers folder; returns its size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def make_base_model(
    show: Show,
    *,
    description: str | None,
    phrases: Sequence[str],
    vocab_size: int,
    demonstrations: int,
    steps: int,
    pattern: str = ENTITY,
    width: int = 128,
) -> None:
    """The script of a base model, from its command line on: tokenizer, model, demonstrations, cloning, saving.

    ``demonstrations`` and ``steps`` are the defaults of its options; ``phrases``, ``vocab_size`` and ``pattern`` go to
    :func:`train_tokenizer`, ``width`` to :func:`new_model`. A seed gives the same model again on the same machine.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write, in transformers format")
    parser.add_argument("--demonstrations", type=int, default=demonstrations, help="episodes shown")
    parser.add_argument("--steps", type=int, default=steps, help="training steps of 64 demonstrations")
    parser.add_argument("--threads", type=int, default=1, help="torch threads; more than the free cores make it slower")
    parser.add_argument("--seed", type=int, default=0, help="of tasks, demonstrations and weights")
    args = parser.parse_args()

    import torch

    from sge_agent.policies.transformers import TransformersPolicy

    torch.set_num_threads(args.threads)
    rng = np.random.default_rng(args.seed)
    texts = _write_texts(show, 1500, rng)
    tokenizer = train_tokenizer(texts, vocab_size=vocab_size, phrases=phrases, pattern=pattern)
    model = new_model(len(tokenizer), width=width, seed=args.seed)
    policy = TransformersPolicy(model, tokenizer)
    examples = [show(policy, rng)[1] for _ in range(args.demonstrations)]
    tokens = sum(len(example.tokens) for example in examples)
    size = sum(p.numel() for p in model.parameters())
    print(
        f"{len(examples)} demonstrations, {tokens} tokens, vocabulary {len(tokenizer)}, {size} parameters",
        flush=True,
    )

    def log(step: int, loss: float, seconds: float) -> None:
        print(f"step {step:5d}  loss {loss:.4f}  {seconds:5.0f} s", flush=True)

    clone(model, examples, steps=args.steps, seed=args.seed, log=log)
    print(f"wrote {args.out}: {save(model, tokenizer, args.out) / 1e6:.1f} MB")


def _write_texts(show: Show, count: int, rng: np.random.Generator) -> Iterator[str]:
    """Everything that is said in ``count`` demonstrations, for the tokenizer."""
    policy = ScriptedPolicy([])
    for _ in range(count):
        trajectory, _ = show(policy, rng)
        yield policy.decode(trajectory.contexts[0].tokens)
