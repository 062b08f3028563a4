"""The sentences of the environment contract, each as a function that tries to break it.

The docstring of a function is the sentence, its name is the name to skip it by. It raises ``Broken`` (or anything
else) where the sentence does not hold, and ``Untestable`` where this env cannot show it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import pickle
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np

from sge_envs.probe import Broken, Probe, Untestable, brief, equal, expect, raises, replay

END_KEYS: dict[str, type] = {"success": bool, "progress": float, "outcome": str, "feedback": str}
HOSTILE = (
    *("", " ", "\x00", "\ud800\udfff", "\U0010ffff🙂", "}}%s{0}\\n</s>"),
    *("\n" * 500, "9" * 5000, "go " * 300, "x" * 10_000_000),
)
OTHER_TYPES: tuple[Any, ...] = (None, 3, b"look", ["look"])


# The sentences, in the order in which they are tried ----------------------------------------------------------------


def reset_comes_first(probe: Probe) -> None:
    """A step before the first reset raises."""
    env = probe.fresh()
    raises(Exception, "step('look') before reset", lambda: env.step("look"))


def spaces_take_any_text(probe: Probe) -> None:
    """Observation and action spaces are Text spaces; any Unicode text is an action."""
    for space in (probe.env.observation_space, probe.env.action_space):
        expect(
            isinstance(space, gymnasium.spaces.Text), f"expected a Text space such as sge_envs.FreeText, got {space!r}"
        )
    for text in HOSTILE[:5]:
        expect(text in probe.env.action_space, f"{text!r} is not in {probe.env.action_space!r}")


def reset_returns_text_and_info(probe: Probe) -> None:
    """``reset`` returns a text of the observation space and a dict."""
    observation, info = probe.env.reset(seed=probe.seed)
    expect(type(observation) is str, f"the observation is a {type(observation).__name__}")
    expect(
        observation in probe.env.observation_space, f"{brief(observation)} is not in {probe.env.observation_space!r}"
    )
    expect(type(info) is dict, f"info is a {type(info).__name__}")


def steps_return_plain_values(probe: Probe) -> None:
    """``step`` returns str, float, bool, bool and dict, and nothing of NumPy."""
    _, info = probe.env.reset(seed=probe.seed)
    for step in probe.walk(probe.env, info, probe.turns)[1]:
        kinds = [type(value) for value in step]
        expect(kinds == [str, float, bool, bool, dict], f"got {', '.join(kind.__name__ for kind in kinds)}")
        expect(step[0] in probe.env.observation_space, f"{brief(step[0])} is not in {probe.env.observation_space!r}")


def info_names_the_task(probe: Probe) -> None:
    """``info`` always has ``task_id`` and ``goal``, texts that stay the same, and ``state_key``, a text or None."""
    _, first = probe.env.reset(seed=probe.seed)
    infos = [first, *(step[4] for step in probe.walk(probe.env, first, probe.turns)[1])]
    for info in infos:
        for key in ("task_id", "goal"):
            expect(isinstance(info.get(key), str), f"info[{key!r}] is {info.get(key)!r}, expected a text")
            expect(info[key] == first[key], f"info[{key!r}] changed from {first[key]!r} to {info[key]!r}")
        expect("state_key" in info, "info has no 'state_key'")
        expect(isinstance(info["state_key"], str | None), f"info['state_key'] is a {type(info['state_key']).__name__}")


def info_is_new_each_time(probe: Probe) -> None:
    """Every call returns an ``info`` of its own: changing one changes no other."""
    _, info = probe.env.reset(seed=probe.seed)
    seen = [info, *(step[4] for step in probe.walk(probe.env, info, 3)[1])]
    expect(len({id(one) for one in seen}) == len(seen), "two calls returned the same dict")


def equal_seeds_give_equal_episodes(probe: Probe) -> None:
    """Equal seeds give equal observations, rewards, flags and infos, and so does the next episode without a seed."""
    env = probe.env
    first = env.reset(seed=probe.seed)
    actions, steps = probe.walk(env, dict(first[1]), probe.turns)
    after = env.reset()
    equal("the first observation and info", first, env.reset(seed=probe.seed))
    equal("the steps", steps, replay(env, actions))
    equal("the next reset() without a seed", after, env.reset())


def seeds_are_the_envs_own(probe: Probe) -> None:
    """An episode neither reads nor changes the global random streams of Python and NumPy."""
    mine = random.getstate(), np.random.get_state()
    try:
        episodes = []
        for global_seed in (1, 2):
            random.seed(global_seed)
            np.random.seed(global_seed)
            before = random.getstate(), repr(np.random.get_state())
            first = probe.env.reset(seed=probe.seed)
            episodes.append((first, probe.walk(probe.env, dict(first[1]), probe.turns)))
            expect(before == (random.getstate(), repr(np.random.get_state())), "a global stream was drawn from")
        equal("with other global seeds", *episodes)
    finally:
        random.setstate(mine[0])
        np.random.set_state(mine[1])


def equal_in_every_process(probe: Probe) -> None:
    """Another process, with another PYTHONHASHSEED, plays the same episode."""
    if probe.env.spec is None or not isinstance(probe.env.spec.entry_point, str):
        raise Untestable("only an env that is registered by 'module:Class' can be made in another process")
    _, info = probe.env.reset(seed=probe.seed)
    actions, _ = probe.walk(probe.env, info, probe.turns)
    code = (
        "import sys, pickle; from sge_envs.sentences import fingerprint; "
        "print(fingerprint(*pickle.load(sys.stdin.buffer)))"
    )
    work = pickle.dumps((probe.env.spec, probe.seed, actions))
    prints = []
    for hash_seed in ("1", "2"):
        variables = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", code], input=work, capture_output=True, env=variables, check=False)
        expect(done.returncode == 0, f"the other process failed: {done.stderr.decode(errors='replace')[-500:]}")
        prints.append(done.stdout.decode().split()[-1])
    equal("the episode's fingerprint in other processes", fingerprint(probe.env.spec, probe.seed, actions), prints[0])
    equal("the episode's fingerprint under another PYTHONHASHSEED", *prints)


def fingerprint(spec: Any, seed: int, actions: Sequence[str]) -> str:
    """A hash of the episode of ``seed`` and ``actions`` in a new env of ``spec``."""
    env = spec.make()
    episode = repr((env.reset(seed=seed), replay(env, actions)))
    env.close()
    return hashlib.sha256(episode.encode("utf-8", "surrogatepass")).hexdigest()


def any_thread_will_do(probe: Probe) -> None:
    """An episode can be played from another thread, inside a running asyncio loop."""
    first = probe.env.reset(seed=probe.seed)
    actions, steps = probe.walk(probe.env, dict(first[1]), 5)
    found: list[object] = []

    async def play() -> None:
        found.append((probe.env.reset(seed=probe.seed), replay(probe.env, actions)))

    def work() -> None:
        try:
            asyncio.run(play())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    equal("the episode in another thread", (first, steps), found[0])


def no_text_raises(probe: Probe) -> None:
    """No action text raises, whatever it holds; a bad one gives ``action_error``, a stable text, and reward 0."""
    for text in HOSTILE:
        seen = []
        for _ in range(2):
            _, info = probe.env.reset(seed=probe.seed)
            expect("action_error" not in info, "reset's info has an 'action_error'")
            try:
                seen.append(probe.env.step(text))
            except Exception as error:
                raise Broken(f"step({brief(text)}) raised {error!r}") from error
        observation, reward, _, _, info = seen[0]
        expect(observation in probe.env.observation_space, f"after {brief(text)} the observation is not in its space")
        if "action_error" in info:
            expect(
                isinstance(info["action_error"], str) and info["action_error"] != "", "info['action_error'] is no text"
            )
            expect(reward == 0, f"a bad action, {brief(text)}, got the reward {reward}")
        equal(f"the answer to {brief(text)}", *seen)


def other_types_raise_type_error(probe: Probe) -> None:
    """An action that is no ``str`` raises a TypeError that says so."""
    for value in OTHER_TYPES:
        probe.env.reset(seed=probe.seed)
        raises(TypeError, f"step({value!r})", lambda value=value: probe.env.step(value))  # type: ignore[misc]


def admissible_actions_are_legal(probe: Probe) -> None:
    """``admissible_actions`` is a tuple of different texts, and none of them gives an ``action_error``."""
    _, info = probe.env.reset(seed=probe.seed)
    if "admissible_actions" not in info:
        raise Untestable("the env lists no admissible actions")
    prefix, _ = probe.walk(probe.env, info, 3)
    for moves in ([], prefix):
        _, info = probe.env.reset(seed=probe.seed)
        steps = replay(probe.env, moves)
        if steps and (steps[-1][2] or steps[-1][3]):
            continue
        actions = (steps[-1][4] if steps else info)["admissible_actions"]
        expect(type(actions) is tuple and all(isinstance(action, str) for action in actions), f"got {brief(actions)}")
        expect(len(set(actions)) == len(actions), f"an action is listed twice in {brief(actions)}")
        for action in actions[:40]:
            probe.env.reset(seed=probe.seed)
            replay(probe.env, moves)
            error = probe.env.step(action)[4].get("action_error")
            expect(error is None, f"the admissible action {action!r} was refused: {error}")


def ends_carry_a_verdict(probe: Probe) -> None:
    """``success``, ``progress``, ``outcome`` and ``feedback`` come when the episode ends, and never before."""
    _, info = probe.env.reset(seed=probe.seed)
    walks = [probe.walk(probe.env, info, probe.oracle_turns)[1], probe.solve(probe.seed)]
    ends = 0
    for steps in walks:
        for _, _, terminated, truncated, info in steps:
            present = [key for key in END_KEYS if key in info]
            if not (terminated or truncated):
                expect(not present, f"info has {present} before the end")
                continue
            ends += 1
            for key, kind in END_KEYS.items():
                expect(
                    type(info.get(key)) is kind,
                    f"at the end info[{key!r}] is {info.get(key)!r}, expected a {kind.__name__}",
                )
            expect(0 <= info["progress"] <= 1, f"progress is {info['progress']}")
            expect(info["outcome"] != "", "outcome is an empty text")
            expect(not info["success"] or info["progress"] == 1, f"success with a progress of {info['progress']}")
    if not ends:
        raise Untestable(f"no episode ended within {probe.oracle_turns} turns")


def nothing_follows_the_end(probe: Probe) -> None:
    """A step after the end of an episode raises."""
    steps = probe.solve(probe.seed)
    if not (steps[-1][2] or steps[-1][3]):
        raise Untestable(f"no episode ended within {probe.oracle_turns} turns")
    raises(Exception, "step('look') after the end", lambda: probe.env.step("look"))


def the_oracle_solves(probe: Probe) -> None:
    """``oracle()``, played in a loop, succeeds with progress 1."""
    for seed in range(probe.seed, probe.seed + 3):
        *_, info = probe.solve(seed)[-1]
        found = {key: info.get(key) for key in END_KEYS}
        expect(info.get("success") is True and info.get("progress") == 1, f"with seed {seed} it came to {found}")


def doing_nothing_fails(probe: Probe) -> None:
    """An agent that says nothing gets no reward and no success."""
    probe.env.reset(seed=probe.seed)
    steps = replay(probe.env, [""] * probe.turns)
    expect(not steps[-1][4].get("success", False), "it succeeded")
    expect(sum(step[1] for step in steps) <= 0, f"it got {sum(step[1] for step in steps)}")


def tasks_have_stable_ids(probe: Probe) -> None:
    """``tasks`` has splits without a common task; ``find_task`` is the inverse of ``Task.id``."""
    tasks = probe.own("tasks")
    splits = tasks.list_splits()
    expect(isinstance(splits, tuple) and len(splits) > 0, f"list_splits() returned {splits!r}")
    seen: dict[str, str] = {}
    for split in splits:
        number = tasks.num_tasks(split)
        expect(number is None or number >= 0, f"num_tasks({split!r}) is {number}")
        for index in range(20 if number is None else min(20, number)):
            task = tasks.get_task(split, index)
            equal(f"get_task({split!r}, {index}) twice", task.id, tasks.get_task(split, index).id)
            expect(task.split == split, f"get_task({split!r}, {index}).split is {task.split!r}")
            expect(task.id not in seen, f"{task.id!r} is a task of {seen.get(task.id)!r} and again of {split!r}")
            seen[task.id] = split
            again = tasks.find_task(task.id)
            equal(f"find_task({task.id!r})", (task.id, task.split, task.goal), (again.id, again.split, again.goal))
        if number is not None:
            raises(LookupError, f"get_task({split!r}, {number})", lambda s=split, n=number: tasks.get_task(s, n))  # type: ignore[misc]


def options_choose_the_task(probe: Probe) -> None:
    """``reset(options=)`` plays the ``split`` and the ``task_id`` it is asked for."""
    tasks = probe.own("tasks")
    for split in tasks.list_splits():
        if tasks.num_tasks(split) == 0:
            continue
        _, info = probe.env.reset(seed=probe.seed, options={"split": split})
        equal(f"options split={split!r}", split, tasks.find_task(info["task_id"]).split)
        task = tasks.get_task(split, 0)
        _, info = probe.env.reset(options={"task_id": task.id})
        equal("options task_id", (task.id, task.goal or info["goal"]), (info["task_id"], info["goal"]))


def unknown_options_raise(probe: Probe) -> None:
    """An unknown option, split or task raises a ValueError or LookupError with a sentence."""
    wrong = ({"taskid": "x"}, {"split": "no such split"}, {"task_id": "no such task"}, {"snapshot": "no bytes"})
    for options in wrong:
        raises((ValueError, LookupError), f"reset(options={options!r})", lambda o=options: probe.env.reset(options=o))  # type: ignore[misc]


def snapshots_continue_the_episode(probe: Probe) -> None:
    """From a snapshot, observation, info, steps and the next episode equal the original's."""
    env = probe.env
    first = env.reset(seed=probe.seed)
    actions, _ = probe.walk(env, dict(first[1]), probe.turns)
    for cut in sorted({0, 1, len(actions) // 2, len(actions)}):
        now = env.reset(seed=probe.seed)
        steps = replay(env, actions[:cut])
        if steps:
            now = steps[-1][0], {key: value for key, value in steps[-1][4].items() if key != "action_error"}
        taken = env.get_wrapper_attr("snapshot")()
        expect(type(taken) is bytes, f"snapshot() returned a {type(taken).__name__}")
        future = replay(env, actions[cut:]), env.reset(), env.reset()
        env.reset(seed=probe.seed + 1)
        equal(f"observation and info restored after {cut} turns", now, env.reset(options={"snapshot": taken}))
        restored = replay(env, actions[cut:]), env.reset(), env.reset()
        equal(f"steps and next episodes restored after {cut} turns", future, restored)


def bad_snapshots_are_refused(probe: Probe) -> None:
    """A damaged or foreign snapshot raises a ValueError, and pickled data is never loaded."""
    probe.env.reset(seed=probe.seed)
    taken = probe.own("snapshot")()
    middle = len(taken) // 2
    flipped = [taken[:at] + bytes([taken[at] ^ 1]) + taken[at + 1 :] for at in (0, middle, len(taken) - 1)]
    for data in (*flipped, taken[:middle], taken + b"x", b"", b"something else", pickle.dumps(taken)):
        raises(ValueError, f"restoring {brief(data)}", lambda d=data: probe.env.reset(options={"snapshot": d}))  # type: ignore[misc]
    probe.env.reset(seed=probe.seed)


def render_shows_text(probe: Probe) -> None:
    """``render_mode="ansi"`` renders a text."""
    env = probe.fresh(render_mode="ansi")
    env.reset(seed=probe.seed)
    shown = env.render()
    expect(isinstance(shown, str), f"render() returned a {type(shown).__name__}")


def the_spec_can_be_pickled(probe: Probe) -> None:
    """An env can be made from its pickled spec, and plays the same; the spec has no ``max_episode_steps``."""
    spec = probe.env.spec
    if spec is None:
        raise Untestable("the env has no spec: make it with gymnasium.make(id) to test this")
    expect(
        spec.max_episode_steps is None, "gymnasium's TimeLimit cuts episodes before their verdict: let the env count"
    )
    env = pickle.loads(pickle.dumps(spec)).make()
    probe.made.append(env)
    equal("the first observation", probe.env.reset(seed=probe.seed), env.reset(seed=probe.seed))


def closing_is_final(probe: Probe) -> None:
    """``close`` can be called twice; afterwards ``step`` raises."""
    probe.env.reset(seed=probe.seed)
    probe.env.close()
    probe.env.close()
    raises(Exception, "step('look') after close", lambda: probe.env.step("look"))


SENTENCES: tuple[Callable[[Probe], None], ...] = (
    reset_comes_first,
    spaces_take_any_text,
    reset_returns_text_and_info,
    steps_return_plain_values,
    info_names_the_task,
    info_is_new_each_time,
    equal_seeds_give_equal_episodes,
    seeds_are_the_envs_own,
    equal_in_every_process,
    any_thread_will_do,
    no_text_raises,
    other_types_raise_type_error,
    admissible_actions_are_legal,
    ends_carry_a_verdict,
    nothing_follows_the_end,
    the_oracle_solves,
    doing_nothing_fails,
    tasks_have_stable_ids,
    options_choose_the_task,
    unknown_options_raise,
    snapshots_continue_the_episode,
    bad_snapshots_are_refused,
    render_shows_text,
    the_spec_can_be_pickled,
    closing_is_final,
)
"""All sentences; the last one closes the env."""
