"""Playing episodes: the only place where an agent meets an environment.

All episodes go on at once. Whoever waits for the model has a job with the policy, whoever acts is with the pool, and
neither waits for the other. What an episode draws depends on its spec alone, so the order in which things finish
changes nothing.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from sge_agent.agent import Agent
from sge_agent.envs import Arrival, EnvPool
from sge_agent.episode import Episode, EpisodeError, request_seed, rewrite
from sge_agent.errors import RunError
from sge_agent.exploration.base import REFUSALS, Draft, Exploration, ExplorationContext
from sge_agent.policy import Job, Policy, Sample, generate
from sge_agent.ranks import Alone, Ranks, share
from sge_agent.types import EpisodeSpec, Group, Request, SamplingParams, TaskRef, Trajectory

__all__ = ["ask", "play", "play_groups", "rewrite", "stop_if_broken"]

OnEpisode = Callable[[Trajectory], None]

BROKEN_SHARE = 0.5
"""More than this share of an update's episodes must not break."""

_FRESH_TRY = 2**31  # beyond any number of requests: the seed of a fresh try meets no stream that is in use


def play(
    specs: Sequence[EpisodeSpec],
    agent: Agent,
    policy: Policy,
    pool: EnvPool,
    exploration: Exploration | None = None,
    ctx: ExplorationContext | None = None,
    *,
    on_episode: OnEpisode | None = None,
    max_turns: int | None = None,
    ranks: Ranks | None = None,
) -> list[Trajectory]:
    """Play one episode per spec; trajectories in the order of the specs.

    ``ranks``: processes that call this with the same specs; each plays its share, and all get all.

    ``on_episode`` is shown each as soon as it ends. An environment that raises, or a context that the policy refuses,
    ends its own episode only: ``Trajectory.error`` has the cause. What the policy raises while it samples, and what the
    agent raises, is raised here. ``max_turns`` cuts episodes of environments that have no horizon of their own. Raises
    ``ValueError`` before anything is played when the method requires what the policy cannot do.
    """
    ctx = ctx or ExplorationContext(update=0, total_updates=0, rng=np.random.default_rng(0))
    exploration = exploration or Exploration()
    unable = sorted(exploration.requires - policy.capabilities)
    if unable:
        raise ValueError(
            f"the exploration method needs a policy that can do {', '.join(unable)}, which {type(policy).__name__} cannot"
        )
    ranks = ranks or Alone()
    table = _Table(agent, policy, pool, exploration, ctx, on_episode, max_turns)
    return ranks.gather(table.play(share(specs, ranks)))


def play_groups(
    specs: Sequence[EpisodeSpec],
    agent: Agent,
    policy: Policy,
    pool: EnvPool,
    exploration: Exploration,
    ctx: ExplorationContext,
    *,
    on_episode: OnEpisode | None = None,
    max_turns: int | None = None,
    retries: int = 1,
    rounds: int = 32,
    ranks: Ranks | None = None,
) -> list[Group]:
    """Plan the episodes, play them, and let the method ask for more until it wants none; one group per task.

    Further episodes of the same task join its group, those of another task make a group of their own, and a group
    whose members were all left out is gone; those without hint and tag are planned like the first ones. A failed
    episode stays in its group as data, and is tried afresh up to ``retries`` times; ``Group.missing`` counts those that
    failed every time. Raises ``RuntimeError`` when the method still asks after ``rounds`` rounds.
    """
    lost: Counter[str] = Counter()

    def run(coming: Sequence[EpisodeSpec]) -> list[Trajectory]:
        played: list[Trajectory] = []
        for _ in range(1 + retries):
            parts = (agent, policy, pool, exploration, ctx)
            new = play(coming, *parts, on_episode=on_episode, max_turns=max_turns, ranks=ranks)
            played += new
            failed = [t.spec for t in new if t.error]
            coming = [replace(spec, seed=request_seed(spec.seed, _FRESH_TRY)) for spec in failed]
        lost.update(spec.task.key for spec in coming)
        return played

    members: dict[str, list[Trajectory]] = {}
    tasks: dict[str, TaskRef] = {}
    coming: Sequence[EpisodeSpec] = exploration.plan(specs, ctx)
    for number in range(rounds):
        finished = dict.fromkeys(spec.task.key for spec in coming)
        for trajectory in run(coming):
            key = trajectory.task.key
            tasks.setdefault(key, trajectory.task)
            members.setdefault(key, []).append(trajectory)
        further: list[EpisodeSpec] = []
        now = replace(ctx, round=number)
        for key in finished:
            wanted, drops = exploration.more(Group(tasks[key], tuple(members[key]), lost[key]), now)
            members[key] = [member for i, member in enumerate(members[key]) if i not in set(drops)]
            further += wanted
        if not further:
            return [Group(tasks[key], tuple(kept), lost[key]) for key, kept in members.items() if kept]
        coming = _planned(further, exploration, now)
    raise RuntimeError(
        f"{type(exploration).__name__}.more still asks for {len(coming)} episodes after {rounds} rounds; "
        "it must return no specs once a group is complete"
    )


def ask(
    policy: Policy, questions: Sequence[str], sampling: SamplingParams, *, seed: int = 0, ranks: Ranks | None = None
) -> list[str]:
    """What the policy answers to each question, in a context of its own that is forgotten at once. Of several ``ranks`` the
    first one asks, and all hear the same."""
    if ranks is not None and ranks.rank:
        return ranks.gather([])
    requests = [Request("reasoning", sampling, prompt=question) for question in questions]
    key = object()
    jobs = [
        Job((key, n), tuple(policy.encode((), request)), sampling, request_seed(seed, n))
        for n, request in enumerate(requests)
    ]
    try:
        answers = [sample.text for sample in generate(policy, jobs)]
    finally:
        for job in jobs:
            policy.release(job.context)
    return answers if ranks is None else ranks.gather(answers)


def stop_if_broken(groups: Sequence[Group]) -> None:
    """Raise ``RunError`` with the first cause when most episodes of an update broke: then nothing can be learned."""
    errors = [trajectory.error for group in groups for trajectory in group.trajectories if trajectory.error]
    played = sum(len(group.trajectories) for group in groups)
    if len(errors) > BROKEN_SHARE * played:
        cause = " ".join(errors[0].split())
        raise RunError(f"{len(errors)} of {played} episodes of one update broke, the first with: {cause}")


def _planned(specs: Sequence[EpisodeSpec], exploration: Exploration, ctx: ExplorationContext) -> list[EpisodeSpec]:
    """Further episodes as the method wants them: those that already say how they are to be played stay as they are."""
    said = [spec for spec in specs if spec.hint or spec.tag]
    rest = [spec for spec in specs if not (spec.hint or spec.tag)]
    return [*said, *exploration.plan(rest, ctx)] if rest else said


class _Table:
    """The episodes under way in one call of ``play``."""

    def __init__(
        self,
        agent: Agent,
        policy: Policy,
        pool: EnvPool,
        exploration: Exploration,
        ctx: ExplorationContext,
        on_episode: OnEpisode | None,
        max_turns: int | None,
    ) -> None:
        self._agent, self._policy, self._pool = agent, policy, pool
        self._exploration, self._ctx = exploration, ctx
        self._on_episode, self._max_turns = on_episode, max_turns
        self._playing: dict[int, tuple[int, Episode]] = {}  # handle of the environment -> number of the spec, episode
        self._writing: dict[Hashable, int] = {}  # context of a submitted job -> handle
        self._done: dict[int, Trajectory] = {}
        self._key = object()  # tells the contexts of this call from those of any other

    def play(self, specs: Sequence[EpisodeSpec]) -> list[Trajectory]:
        waiting = deque(enumerate(specs))
        try:
            while len(self._done) < len(specs):
                while waiting and len(self._playing) < self._pool.capacity:
                    number, spec = waiting.popleft()
                    episode = Episode(spec, self._agent, self._policy, key=(self._key, number))
                    self._playing[self._pool.start(spec)] = (number, episode)
                arrivals = self._pool.receive(wait=not self._writing)
                for arrival in arrivals:
                    self._take(arrival.handle, partial(self._arrive, arrival))
                samples = self._policy.collect() if self._writing else []
                for context, sample in samples:
                    handle = self._writing.pop(context, None)
                    if handle is not None:  # else it belongs to an earlier call that was broken off
                        self._take(handle, partial(self._answer, sample))
                if not arrivals and not samples:
                    raise RuntimeError(
                        f"nothing moves: {len(self._playing)} episodes are under way, {len(self._writing)} wait for "
                        "the policy, and neither the pool nor the policy returns anything"
                    )
        finally:
            for handle in list(self._playing):
                self._leave(handle)
        return [self._done[number] for number in range(len(specs))]

    def _take(self, handle: int, what: Callable[[Episode], None]) -> None:
        """Let an episode take what came for it, then send it where it wants to go next."""
        number, episode = self._playing[handle]
        error = ""
        try:
            what(episode)
            if not episode.done:
                self._send(handle, episode)
                return
        except EpisodeError as cause:
            error = str(cause)
        self._leave(handle)
        self._done[number] = episode.trajectory(error=error)
        if self._on_episode is not None:
            self._on_episode(self._done[number])

    def _arrive(self, arrival: Arrival, episode: Episode) -> None:
        if arrival.error:
            raise EpisodeError(arrival.error)
        if not episode.begun:
            episode.begin(arrival.observation, arrival.info)
            return
        truncated = arrival.truncated or episode.turn + 1 == self._max_turns
        result = (arrival.observation, arrival.reward, arrival.terminated, truncated, arrival.info)
        episode.step(*result, snapshot=arrival.snapshot)

    def _answer(self, sample: Sample, episode: Episode) -> None:
        assert episode.request is not None, "a sample came for an episode that waits for none"
        role = episode.request.role
        text = self._agent.parse_strategy(sample.text) if role == "strategy" else sample.text
        draft = Draft(episode.spec, role, episode.turn, text, episode.refused)
        if draft.refused < REFUSALS and not self._exploration.accepts(draft, self._ctx):
            episode.refuse(sample)
        else:
            episode.answer(sample)

    def _send(self, handle: int, episode: Episode) -> None:
        if episode.request is None:
            self._pool.send(handle, episode.action)
            return
        self._writing[episode.context] = handle
        try:
            self._policy.submit(episode.job(self._sampling(episode, episode.request)))
        except Exception as cause:
            del self._writing[episode.context]
            raise EpisodeError(f"policy, submit: {type(cause).__name__}: {cause}") from cause

    def _sampling(self, episode: Episode, request: Request) -> SamplingParams:
        """The head's settings, then the method's word, then the temperature and top_p of this episode's own spec.

        A spec cannot change where a span ends: its stop marks are how it is parsed.
        """
        params = self._exploration.sampling(request.role, episode.turn, request.sampling, self._ctx)
        own = episode.spec.sampling.get(request.role)
        if own is None:
            return params
        return replace(params, temperature=own.temperature, top_p=own.top_p, factors=own.factors)

    def _leave(self, handle: int) -> None:
        _, episode = self._playing.pop(handle)
        for context in episode.contexts:
            self._writing.pop(context, None)
            self._policy.release(context)
        self._pool.release(handle)
