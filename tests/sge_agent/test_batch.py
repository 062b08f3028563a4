from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from sge_agent.batch import Row, collate, micro_batches, rows_of
from sge_agent.types import Context, EpisodeSpec, Segment, TaskRef, Trajectory, Turn
from tests.sge_agent import tiny


def segment(context: int, start: int, end: int, **changes: object) -> Segment:
    n = end - start
    made = Segment("action", context, start, end, (-1.0,) * n, (0.5,) * n, "")
    return replace(made, **changes)  # type: ignore[arg-type]


def trajectory(*segments: Segment, contexts: tuple[int, ...] = (9, 9)) -> Trajectory:
    """Contexts of the given lengths, all segments in one turn."""
    return Trajectory(
        spec=EpisodeSpec(TaskRef("toy", 0)),
        turns=(Turn("", segments, "", "", 0.0, True, False),),
        contexts=tuple(Context(tuple(range(100 * c, 100 * c + n))) for c, n in enumerate(contexts)),
    )


def test_each_sampled_token_is_trained_exactly_once() -> None:
    policy = tiny.policy()
    for played in tiny.play(policy, [EpisodeSpec(TaskRef("toy", 0))] * 5, turns=4, contexts=2):
        numbers = np.arange(played.sampled_tokens, dtype=np.float64)
        rows = rows_of(played, numbers, {"same": numbers})
        trained = Counter((tuple(row.tokens[:1]), int(at)) for row in rows for at in row.at)
        assert sum(trained.values()) == played.sampled_tokens == len(trained)
        assert sorted(np.concatenate([row.advantages for row in rows])) == numbers.tolist()
        # what was recorded for a token is what goes with it
        recorded = {
            (s.context, s.start + i): (s.logprobs[i], s.temperatures[i], s.role)
            for s in played.segments
            for i in range(s.end - s.start)
        }
        for context, row in enumerate(rows):
            for i, at in enumerate(row.at):
                assert recorded[context, at] == (row.old_logprobs[i], row.temperatures[i], row.roles[i])
            assert np.array_equal(row.advantages, row.extras["same"])


def test_a_row_ends_with_its_last_trained_token() -> None:
    (row,) = rows_of(trajectory(segment(0, 2, 4)), np.ones(2), {})
    assert row.tokens == (0, 1, 2, 3)
    assert row.at.tolist() == [2, 3]


def test_another_temperature_asks_for_new_log_probabilities() -> None:
    (row,) = rows_of(trajectory(segment(0, 2, 4)), np.ones(2), {}, temperature=1.0)
    assert row.recompute
    assert row.temperatures.tolist() == [1.0, 1.0]
    assert not row.with_logprobs(np.zeros(2)).recompute


@pytest.mark.parametrize(
    ("broken", "advantages", "message"),
    [
        (trajectory(segment(0, 2, 4)), 3, "expected one value for each of the 2 sampled tokens, got 3"),
        (trajectory(segment(0, 0, 2)), 2, "must begin with a forced token"),
        (trajectory(segment(0, 7, 12)), 5, "within its 9 tokens, got 7 to 12"),
        (trajectory(segment(0, 4, 6), segment(0, 2, 3)), 3, "4 to 6, 2 to 3"),
        (trajectory(segment(0, 4, 6), segment(0, 5, 7)), 4, "4 to 6, 5 to 7"),
        (trajectory(segment(2, 4, 6)), 2, "context 2, but there are 2"),
        (trajectory(segment(0, 4, 6, logprobs=(-1.0,))), 2, "segment of 2 tokens has 1 log-probabilities and 2"),
    ],
)
def test_what_does_not_line_up_is_refused_with_both_numbers(broken: Trajectory, advantages: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rows_of(broken, np.ones(advantages), {})


def test_spans_without_a_token_train_nothing() -> None:
    assert rows_of(trajectory(segment(0, 3, 3)), np.ones(0), {}) == []


def test_targets_stand_behind_the_kept_positions() -> None:
    rows = rows_of(trajectory(segment(0, 2, 4), segment(0, 6, 7), segment(1, 1, 9)), np.arange(11.0), {})
    batch = collate(rows, [5, 3])
    assert batch.ids[:, 1:][batch.keep[:, :-1]].tolist() == batch.targets.tolist() == [2, 3, 6, *range(101, 109)]
    assert batch.rows.tolist() == [5] * 3 + [3] * 8
    assert batch.advantages.tolist() == list(range(11))
    assert batch.attention_mask.sum(1).tolist() == [7, 9]


def test_micro_batches_hold_every_row_once_within_their_bounds() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for n in rng.integers(2, 40, size=30):
        at = np.arange(1, n, 2)
        rows.append(
            Row(tuple(range(n)), at, np.zeros(len(at)), np.ones(len(at)), np.ones(len(at)), ("action",) * len(at))
        )
    seen: Counter[int] = Counter()
    widths = []
    for batch in micro_batches(rows, max_tokens=90, max_trained=25):
        numbers = set(batch.rows.tolist())
        seen.update(numbers)
        widths.append(batch.ids.shape[1])
        assert batch.ids.numel() <= 90 or len(numbers) == 1
        assert len(batch.targets) <= 25 or len(numbers) == 1
        for number in numbers:
            assert int((batch.rows == number).sum()) == len(rows[number].at)
    assert seen == Counter(range(30))
    assert widths == sorted(widths)
    assert list(micro_batches([], max_tokens=90)) == []
    assert torch.is_tensor(batch.extras.get("none", batch.ids))
