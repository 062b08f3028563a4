"""Which tasks a run plays: found through ``reset`` alone, so that any text environment will do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sge_agent.errors import RunError
from sge_agent.types import Env, TaskRef

TRIES_PER_TASK = 200
"""Draws with a task met before until a split counts as exhausted."""


def find_tasks(env: Env, *, name: str, split: str = "", count: int, avoid: Sequence[TaskRef] = ()) -> list[TaskRef]:
    """The first ``count`` different tasks that ``env`` draws from seeds 0, 1, 2, ... (of a split, where one is named).

    An env that says ``info["task_id"]`` is asked for that task from then on, and two seeds with one id count once; for
    any other env the seed is the task. Tasks in ``avoid`` are passed over. Raises ``RunError`` when the env cannot be
    reset so, or draws nothing new any more.
    """
    found: list[TaskRef] = []
    met = {ref.options.get("task_id", ref.seed) for ref in avoid}
    seed = repeated = 0
    while len(found) < count:
        ref = _drawn(env, name=name, split=split, seed=seed)
        seed += 1
        identity = ref.options.get("task_id", ref.seed)
        if identity not in met:
            met.add(identity)
            found.append(ref)
            repeated = 0
            continue
        repeated += 1
        if repeated > TRIES_PER_TASK:
            place = f"split {split!r} of {name}" if split else name
            raise RunError(f"{place} has only {len(found)} tasks to give where {count} were asked for: ask for fewer")
    return found


def tasks_of_update(tasks: Sequence[TaskRef], *, per_update: int, update: int, seed: int) -> list[TaskRef]:
    """The tasks of one update: every epoch goes through a new random order, without replacement.

    Depends on its arguments alone, so a run can be taken up again at any update. What an epoch leaves over when
    ``per_update`` does not divide the number of tasks is left out of that epoch.
    """
    if not 1 <= per_update <= len(tasks):
        raise ValueError(f"per_update must be between 1 and the number of tasks ({len(tasks)}), got {per_update}")
    epoch, place = divmod(update, len(tasks) // per_update)
    order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(epoch,))).permutation(len(tasks))
    return [tasks[i] for i in order[place * per_update : (place + 1) * per_update]]


def apportion(count: int, weights: Sequence[float]) -> tuple[int, ...]:
    """``count`` divided in proportion to ``weights``, in whole numbers of at least 1, by the largest remainders."""
    total = sum(weights)
    exact = [count * weight / total for weight in weights]
    shares = [max(1, int(share)) for share in exact]
    while sum(shares) != count:
        up = sum(shares) < count
        open_to = [i for i in range(len(shares)) if up or shares[i] > 1]
        if not open_to:
            break  # fewer than there are weights: one each is the least
        furthest = max(open_to, key=lambda i: (exact[i] - shares[i]) * (1 if up else -1))
        shares[furthest] += 1 if up else -1
    return tuple(shares)


def _drawn(env: Env, *, name: str, split: str, seed: int) -> TaskRef:
    options = {"split": split} if split else {}
    try:
        _, info = env.reset(seed=seed, options=dict(options) or None)
    except Exception as error:
        raise RunError(f"{name} could not be reset with seed {seed} and options {options}: {error}") from error
    task_id = info.get("task_id")
    if task_id is not None:
        options["task_id"] = str(task_id)
    return TaskRef(env=name, seed=seed, options=options)
