import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_agent.transcripts import TranscriptWriter, outcome_of, read_transcripts, token_texts
from sge_agent.types import Context, EpisodeSpec, Group, SamplingParams, Segment, Source, TaskRef, Trajectory, Turn


def decode(tokens: Any) -> str:
    return bytes(tokens).decode("utf-8", "replace")


def episode(*, seed: int = 0, success: bool = False, task: int = 0, text: str = "look up — “höher” 🏠\n") -> Trajectory:
    prompt, written = b"What now? ", text.encode()
    segment = Segment(
        role="strategy",
        context=0,
        start=len(prompt),
        end=len(prompt) + len(written),
        logprobs=tuple(-i / 7 for i in range(len(written))),
        temperatures=(1.2,) * len(written),
        text=text,
        entropies=(0.5,) * len(written),
    )
    turn = Turn(
        observation="A <room>.",
        segments=(segment,),
        strategy="look up",
        action="up",
        reward=float(success),
        terminated=True,
        truncated=False,
        info={"success": success, "outcome": "won" if success else "lost", "feedback": "The lamp was off."},
        bonus=0.25,
    )
    spec = EpisodeSpec(
        task=TaskRef("toy", task, {"split": "hard"}),
        seed=seed,
        hint="Failed: look down;",
        sampling={"action": SamplingParams(temperature=0.5, stop=("\n",))},
        sources=(Source(4, 2**64 - 1, False, "lost", ("look down",)), Source(1, None, True, "won", ("look", "up"))),
        tag="reflect_failure",
        in_baseline=False,
        train="plain_prompt",
    )
    tokens = Context(tuple(prompt + written))
    return Trajectory(spec, (turn,), (tokens,), {"goal": "shine"}, "Dark.", policy_versions=(3, 4))


def test_a_trajectory_comes_back_as_it_was(tmp_path: Path) -> None:
    trajectory = episode(success=True)
    with TranscriptWriter(tmp_path / "t.jsonl", decode) as writer:
        writer.write([Group(trajectory.task, (trajectory,))], phase="train", update=5)
    (back,) = read_transcripts(tmp_path / "t.jsonl")
    assert back.trajectory == trajectory
    assert (back.phase, back.update, back.group, back.member) == ("train", 5, 0, 0)
    assert (back.outcome, back.feedback) == ("won", "The lamp was off.")
    assert "".join(back.texts[0][0]) == trajectory.turns[0].segments[0].text


@settings(deadline=None)
@given(st.text())
def test_token_texts_join_to_the_text_even_when_tokens_are_single_bytes(text: str) -> None:
    tokens = list(text.encode("utf-8", "surrogatepass"))
    pieces = token_texts(decode, tokens)
    assert len(pieces) == len(tokens)
    assert "".join(pieces) == decode(tokens)


def test_token_texts_keep_the_spaces_of_a_tokenizer_that_drops_a_leading_one() -> None:
    words = [" go", " to", " shelf", " 1"]
    assert "".join(token_texts(lambda ids: "".join(words[i] for i in ids).lstrip(" "), [0, 1, 2, 3])) == "go to shelf 1"


def test_the_bounds_hold_and_every_task_is_seen_before_any_twice(tmp_path: Path) -> None:
    groups = [Group(TaskRef("toy", t), tuple(episode(seed=m, task=t) for m in range(4))) for t in range(3)]
    with TranscriptWriter(tmp_path / "t.jsonl", decode, every=2, per_update=4) as writer:
        assert [writer.write(groups, phase="train", update=u) for u in range(4)] == [4, 0, 4, 0]
    written = [(t.group, t.member) for t in read_transcripts(tmp_path / "t.jsonl") if t.update == 0]
    assert written == [(0, 0), (0, 1), (1, 0), (2, 0)]


def test_the_first_success_on_a_task_is_written_whatever_the_bounds_also_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    group = Group(TaskRef("toy", 0), (episode(), episode(seed=1, success=True), episode(seed=2, success=True)))
    for update in (1, 2):
        with TranscriptWriter(path, decode, every=100, per_update=0) as writer:
            writer.write([group], phase="train", update=update)
    assert [(t.update, t.member) for t in read_transcripts(path)] == [(1, 1)]


def test_admissible_actions_are_left_out_and_foreign_values_become_text(tmp_path: Path) -> None:
    trajectory = episode()
    info = {**trajectory.turns[0].info, "admissible_actions": ("up",) * 500, "thing": Path("x")}
    object.__setattr__(trajectory.turns[0], "info", info)
    with TranscriptWriter(tmp_path / "t.jsonl", decode) as writer:
        writer.write([Group(trajectory.task, (trajectory,))], phase="train", update=0)
    (back,) = read_transcripts(tmp_path / "t.jsonl")
    assert back.trajectory.turns[0].info["thing"] == "x"
    assert "admissible_actions" not in back.trajectory.turns[0].info


def test_a_file_without_the_sources_of_hints_is_read_too(tmp_path: Path) -> None:
    with TranscriptWriter(tmp_path / "t.jsonl", decode) as writer:
        writer.write([Group(TaskRef("toy", 0), (episode(),))], phase="train", update=5)
    row = json.loads((tmp_path / "t.jsonl").read_text())
    del row["spec"]["sources"]
    (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n")
    (back,) = read_transcripts(tmp_path / "t.jsonl")
    assert back.trajectory.spec == replace(episode().spec, sources=())


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(json.dumps({"version": 99}) + "\n")
    with pytest.raises(ValueError, match="version 1, got 99"):
        list(read_transcripts(tmp_path / "t.jsonl"))


def test_an_env_without_outcomes_is_described_by_verdict_and_return() -> None:
    trajectory = episode(success=True)
    object.__setattr__(trajectory.turns[0], "info", {})
    assert outcome_of(trajectory) == "success 1"
