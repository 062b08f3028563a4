"""A tiny random language model and a byte-level tokenizer, made on the spot, and episodes that it really wrote."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.policy import Job, Policy
from sge_agent.types import Context, EpisodeSpec, Group, SamplingParams, Segment, TaskRef, Trajectory, Turn

END, PAD, OPEN, CLOSE = "<|end|>", "<|pad|>", "<|open|>", "<|close|>"

CHAT = (
    "{% for m in messages %}<|open|>{{ m.role }}\n{{ m.content }}<|close|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|open|>assistant\n{% endif %}"
)


def tokenizer(*, chat: str | None = None) -> PreTrainedTokenizerFast:
    """One token per byte, and four special tokens: 260 in all."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens([END, PAD, OPEN, CLOSE])
    made = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=inner, eos_token=END, pad_token=PAD, clean_up_tokenization_spaces=False
    )
    made.chat_template = chat
    return made


def model(
    *, seed: int = 0, positions: int = 256, scale: float = 0.3, kv_heads: int = 2, dropout: float = 0.0
) -> Qwen3ForCausalLM:
    """Two layers of width 32 with weights large enough that logits differ from position to position."""
    config = Qwen3Config(
        vocab_size=260,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=kv_heads,
        head_dim=8,
        max_position_embeddings=positions,
        tie_word_embeddings=True,
        initializer_range=scale,
        attention_dropout=dropout,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Qwen3ForCausalLM(config)


def policy(
    *, seed: int = 0, max_rows: int = 8, drain: float = 0.25, positions: int = 256, chat: str | None = None
) -> TransformersPolicy:
    return TransformersPolicy(
        model(seed=seed, positions=positions), tokenizer(chat=chat), max_rows=max_rows, drain=drain
    )


def play(
    policy: Policy,
    specs: Sequence[EpisodeSpec],
    *,
    turns: int = 3,
    seed: int = 0,
    temperatures: tuple[float, float] = (1.7, 0.6),
    contexts: int = 1,
) -> list[Trajectory]:
    """Episodes of random observations in which ``policy`` wrote a strategy and an action each turn, all at once.

    Each is cut into ``contexts`` contexts; turns are rewarded at random. Spans differ in length, so rows join and leave.
    """
    rng = random.Random(seed)
    prompt = [rng.randrange(256) for _ in range(12)]
    tokens = {i: [list(prompt)] for i in range(len(specs))}
    spans: dict[int, list[Segment]] = {i: [] for i in range(len(specs))}

    def submit(i: int) -> None:
        hot = len(spans[i]) % 2 == 0
        sampling = SamplingParams(temperature=temperatures[0 if hot else 1], max_tokens=rng.randrange(2, 7))
        policy.submit(Job((i, len(tokens[i])), tokens[i][-1], sampling, rng=1000 * i + len(spans[i])))

    for i in tokens:
        submit(i)
    left = len(specs)
    while left:
        for (i, number), sample in policy.collect():  # type: ignore[misc]
            own = tokens[i][number - 1]
            start = len(own)
            own += sample.tokens
            spans[i].append(
                Segment(
                    role="action" if len(spans[i]) % 2 else "strategy",
                    context=number - 1,
                    start=start,
                    end=len(own),
                    logprobs=sample.logprobs,
                    temperatures=sample.temperatures,
                    text=sample.text,
                    finish=sample.finish,
                    entropies=sample.entropies,
                )
            )
            if len(spans[i]) == 2 * turns:
                left -= 1
                continue
            own += [rng.randrange(256) for _ in range(rng.randrange(0, 5))]
            if len(spans[i]) * contexts >= 2 * turns * len(tokens[i]):
                tokens[i].append([rng.randrange(256) for _ in range(4)])
            submit(i)
    rewards = [[rng.choice((0.0, 0.0, 0.5, 1.0)) for _ in range(turns)] for _ in specs]
    return [
        Trajectory(
            spec=spec,
            turns=tuple(
                Turn("", tuple(spans[i][2 * t : 2 * t + 2]), "", "", rewards[i][t], t == turns - 1, False)
                for t in range(turns)
            ),
            contexts=tuple(Context(tuple(own)) for own in tokens[i]),
        )
        for i, spec in enumerate(specs)
    ]


def groups(policy: Policy, *, tasks: int = 3, members: int = 4, seed: int = 0, contexts: int = 1) -> list[Group]:
    refs = [TaskRef("toy", task) for task in range(tasks)]
    played = play(policy, [EpisodeSpec(ref) for ref in refs for _ in range(members)], seed=seed, contexts=contexts)
    for trajectory in played:
        for context in range(len(trajectory.contexts)):
            policy.release((played.index(trajectory), context + 1))
    return [Group(ref, tuple(played[g * members : (g + 1) * members])) for g, ref in enumerate(refs)]
