from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch

from sge_agent.policies.transformers import ModelNotFound, TransformersPolicy
from sge_agent.policy import Job, Sample, generate
from sge_agent.types import EpisodeSpec, Request, SamplingParams, TaskRef, Trajectory
from tests.sge_agent import tiny

SPECS = [EpisodeSpec(TaskRef("toy", 0))] * 12


def full_logprobs(policy: TransformersPolicy, trajectory: Trajectory) -> list[tuple[float, float]]:
    """(recorded, recomputed) log-probability of every sampled token; recomputed row by row, without cache or batch."""
    pairs = []
    for number, context in enumerate(trajectory.contexts):
        ids = torch.tensor([context.tokens])
        with torch.no_grad():
            logits = policy.forward_logits(ids, torch.ones_like(ids), torch.ones_like(ids, dtype=torch.bool))
        for segment in (s for s in trajectory.segments if s.context == number):
            for i, (recorded, temperature) in enumerate(zip(segment.logprobs, segment.temperatures, strict=True)):
                at = segment.start + i
                row = (logits[at - 1] / temperature).log_softmax(-1)
                pairs.append((recorded, float(row[context.tokens[at]])))
    return pairs


@pytest.mark.parametrize(("max_rows", "drain"), [(1, 1.0), (3, 0.01), (8, 0.25), (64, 1.0)])
def test_recorded_log_probabilities_are_those_of_a_plain_forward_pass(max_rows: int, drain: float) -> None:
    policy = tiny.policy(max_rows=max_rows, drain=drain)
    for trajectory in tiny.play(policy, SPECS, turns=4, contexts=2):
        for recorded, recomputed in full_logprobs(policy, trajectory):
            assert recorded == pytest.approx(recomputed, abs=1e-5)


def test_what_is_sampled_does_not_depend_on_what_else_is_in_the_batch() -> None:
    def tokens(max_rows: int, drain: float) -> list[tuple[int, ...]]:
        # observations depend on the order in which rows finish, so each context is played for one turn here
        policy = tiny.policy(max_rows=max_rows, drain=drain)
        rng = random.Random(0)
        jobs = [
            Job(
                i,
                [rng.randrange(256) for _ in range(rng.randrange(1, 30))],
                SamplingParams(1.3, rng.randrange(1, 20)),
                i,
            )
            for i in range(20)
        ]
        return [sample.tokens for sample in generate(policy, jobs)]

    alone = tokens(1, 1.0)
    assert tokens(64, 1.0) == alone
    assert tokens(7, 0.01) == alone


def test_a_job_draws_the_same_whether_its_context_was_cached_or_not() -> None:
    cold = SamplingParams(0.9, 12)
    start = [1, 2, 3]
    kept, fresh = tiny.policy(), tiny.policy()
    (first,) = generate(kept, [Job("a", start, cold, rng=1)])
    longer = [*start, *first.tokens, 7, 8, 9]
    (cached,) = generate(kept, [Job("a", longer, cold, rng=2)])
    (read_anew,) = generate(fresh, [Job("a", longer, cold, rng=2)])
    assert cached.tokens == read_anew.tokens
    assert cached.logprobs == pytest.approx(read_anew.logprobs, abs=1e-5)


def test_a_context_that_is_continued_from_an_earlier_token_draws_as_a_fresh_one() -> None:
    warm = SamplingParams(1.0, 6)
    policy, fresh = tiny.policy(), tiny.policy()
    start = [1, 2, 3, 4]
    refused = generate(policy, [Job(name, start, warm, rng=n) for n, name in enumerate("ab")])
    again = generate(policy, [Job(name, start, warm, rng=9 + n) for n, name in enumerate("ab")])
    expected = generate(fresh, [Job(name, start, warm, rng=9 + n) for n, name in enumerate("cd")])
    assert [s.tokens for s in again] == [s.tokens for s in expected] != [s.tokens for s in refused]
    for found, wanted in zip(again, expected, strict=True):
        assert found.logprobs == pytest.approx(wanted.logprobs, abs=1e-5)
    (later,) = generate(policy, [Job("a", [*start, *again[0].tokens, 7], warm, rng=3)])
    (wanted,) = generate(fresh, [Job("e", [*start, *again[0].tokens, 7], warm, rng=3)])
    assert later.tokens == wanted.tokens
    (shorter,) = generate(policy, [Job("a", start[:1], warm, rng=4)])
    assert shorter.tokens == generate(fresh, [Job("f", start[:1], warm, rng=4)])[0].tokens


def test_more_contexts_than_slots_are_all_served() -> None:
    policy = tiny.policy(max_rows=2)
    for trajectory in tiny.play(
        policy, SPECS, turns=3
    ):  # contexts are never released: idle ones are evicted and read anew
        for recorded, recomputed in full_logprobs(policy, trajectory):
            assert recorded == pytest.approx(recomputed, abs=1e-5)


def test_new_weights_forget_what_the_old_ones_read() -> None:
    policy = tiny.policy(drain=0.01)
    for context, length in (("slow", 30), ("quick", 2)):
        policy.submit(Job(context, [5, 6, 7], SamplingParams(1.0, length), rng=1))
    ((name, quick),) = policy.collect()
    assert name == "quick"
    with torch.no_grad():
        for parameter in policy.model.parameters():
            parameter.mul_(1.5)
    policy.bump_version()
    assert policy.version == 1
    longer = [5, 6, 7, *quick.tokens, 8]
    policy.submit(Job("quick", longer, SamplingParams(1.0, 4), rng=2))
    samples: dict[object, Sample] = {}
    while len(samples) < 2:
        samples |= dict(policy.collect())
    (fresh,) = generate(policy, [Job("other", longer, SamplingParams(1.0, 4), rng=2)])
    assert samples["quick"].tokens == fresh.tokens
    assert samples["quick"].logprobs == pytest.approx(fresh.logprobs, abs=1e-5)
    assert len(samples["slow"].tokens) == 30


def test_a_span_ends_with_its_stop_mark_an_end_token_or_its_length() -> None:
    policy = tiny.policy()
    prompt = policy.encode([], Request("action", SamplingParams(), prompt="A room."))
    free = [generate(policy, [Job(i, prompt, SamplingParams(1.0, 40), rng=i)])[0] for i in range(20)]
    assert {sample.finish for sample in free} == {"length", "stop"}
    end = policy.tokenizer.convert_tokens_to_ids(tiny.END)
    for i, sample in enumerate(free):
        if sample.finish == "stop":
            assert sample.tokens.index(end) == len(sample.tokens) - 1
            assert sample.text == policy.decode(sample.tokens[:-1])
        else:
            assert len(sample.tokens) == 40
        mark = policy.decode(sample.tokens[3:4])
        (short,) = generate(policy, [Job(("again", i), prompt, SamplingParams(1.0, 40, stop=(mark, "never")), rng=i)])
        assert short.finish == "stop"
        assert short.tokens == sample.tokens[: len(short.tokens)]
        assert mark in short.text
        assert mark not in policy.decode(short.tokens[:-1])


def test_a_context_that_fills_the_positions_ends_by_length() -> None:
    policy = tiny.policy(positions=16)
    nearly, over = generate(
        policy,
        [Job("nearly", range(14), SamplingParams(1.0, 99), 0), Job("over", range(16), SamplingParams(1.0, 99), 0)],
    )
    assert (len(nearly.tokens), nearly.finish) == (2, "length")
    assert (over.tokens, over.finish, over.text) == ((), "length", "")


def test_a_shared_prompt_gives_each_context_its_own_continuation() -> None:
    policy = tiny.policy()
    jobs = [Job(i, [1, 2, 3, 4, 5], SamplingParams(1.0, 6), rng=i) for i in range(6)]
    together = generate(policy, jobs)
    alone = [generate(tiny.policy(), [job])[0] for job in jobs]
    assert [s.tokens for s in together] == [s.tokens for s in alone]
    assert len({s.tokens for s in together}) > 1


def test_a_context_that_was_changed_is_refused() -> None:
    policy = tiny.policy()
    generate(policy, [Job("a", [1, 2, 3], SamplingParams(1.0, 2), 0)])
    with pytest.raises(ValueError, match="changed"):
        policy.submit(Job("a", [1, 9, 3, 4, 5, 6], SamplingParams(1.0, 2), 0))


def test_an_unfinished_job_is_not_replaced_and_a_released_one_is_gone() -> None:
    policy = tiny.policy()
    policy.submit(Job("a", [1], SamplingParams(1.0, 2), 0))
    with pytest.raises(ValueError, match="unfinished"):
        policy.submit(Job("a", [1], SamplingParams(1.0, 2), 0))
    policy.release("a")
    policy.release("a")
    assert policy.collect() == []
    (sample,) = generate(policy, [Job("a", [1], SamplingParams(1.0, 2), 0)])
    policy.submit(Job("a", [1, *sample.tokens, 2], SamplingParams(1.0, 2), 0))
    policy.release("a")
    assert policy.collect() == []


def test_padding_never_reaches_the_logits() -> None:
    policy = tiny.policy()
    ids = torch.tensor([[1, 2, 3, 99, 98, 97], [4, 5, 6, 7, 8, 9]])
    mask = torch.tensor([[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1]])
    keep = torch.zeros(2, 6, dtype=torch.bool)
    keep[0, :3] = keep[1, 2] = True
    padded = policy.forward_logits(ids, mask, keep)
    assert padded.shape == (4, 260)
    other = ids.clone()
    other[0, 3:] = 50
    assert torch.equal(policy.forward_logits(other, mask, keep), padded)
    alone = policy.forward_logits(ids[:1, :3], mask[:1, :3], keep[:1, :3])
    assert torch.allclose(alone, padded[:3], atol=1e-5)


def test_a_saved_model_is_found_again_and_writes_the_same(tmp_path: Path) -> None:
    policy = tiny.policy()
    policy.model.save_pretrained(tmp_path)
    policy.tokenizer.save_pretrained(tmp_path)
    loaded = TransformersPolicy.from_pretrained(tmp_path)
    job = Job("a", [1, 2, 3], SamplingParams(1.0, 9), rng=4)
    assert generate(loaded, [job]) == generate(policy, [job])


def test_a_wrong_path_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="a causal language model") as caught:
        TransformersPolicy.from_pretrained(tmp_path / "nothing")
    assert "\n" not in str(caught.value)


def test_weights_that_are_not_safetensors_are_not_loaded(tmp_path: Path) -> None:
    policy = tiny.policy()
    policy.model.save_pretrained(tmp_path)
    policy.tokenizer.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save(policy.model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelNotFound, match="safetensors"):
        TransformersPolicy.from_pretrained(tmp_path)


def test_a_model_that_the_cache_cannot_serve_is_refused(tmp_path: Path) -> None:
    model = tiny.model()
    model.config.layer_types = ["sliding_attention", "full_attention"]
    with pytest.raises(ValueError, match="sliding_attention"):
        TransformersPolicy(model, tiny.tokenizer())


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft asks transformers by an old name
def test_adapters_are_the_only_weights_that_are_trained(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    from sge_agent.policies.transformers import Lora

    base = tiny.policy()
    base.model.save_pretrained(tmp_path)
    base.tokenizer.save_pretrained(tmp_path)
    policy = TransformersPolicy.from_pretrained(tmp_path, lora=Lora(rank=2, alpha=4))
    trained = [name for name, p in policy.model.named_parameters() if p.requires_grad]
    assert trained
    assert all("lora" in name for name in trained)
    job = Job("a", [1, 2, 3], SamplingParams(1.0, 9), rng=4)
    assert generate(policy, [job])[0].tokens == generate(base, [job])[0].tokens  # adapters start at zero
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "qwen3"
