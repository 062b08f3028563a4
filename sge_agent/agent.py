"""The agent that writes a strategy before it acts. Made to be subclassed at three plain methods."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sge_agent.episode import Agent, Episode, History
from sge_agent.heads import ActionHead, StrategyHead
from sge_agent.policy import Policy, generate
from sge_agent.prompts import MARKDOWN, Prompts
from sge_agent.types import Env, EpisodeSpec, Request, Role, Segment, TaskRef, Trajectory, Turn

__all__ = ["Agent", "History", "StrategyAgent", "When", "is_stuck"]

When = Literal["every_turn", "once", "stuck", "never"] | int
"""When a strategy is written: every turn (the paper), in the first turn, when stuck, never, or every k turns."""


class StrategyAgent:
    """Asks the model for a strategy, then for an action that follows it.

    The order, whether there is a strategy at all, and the hint come with each episode's spec (``history.spec``).

    * ``prompts``: the templates and marks; ``strategy``, ``action``: the heads (default: those of the prompts, with the
      paper's temperatures).
    * ``when`` a strategy is written: "stuck" writes one in the first turn, and then whenever :func:`is_stuck`.
    * ``window``: how many past turns a context holds. None: all of them, in one growing context. Else every turn past
      the window starts a new context that retells the last ``window`` turns, and sums up what came before: the last
      ``earlier`` different strategies, each cut to ``earlier_chars``. So no context grows with the episode's length.
    * ``actions_shown``: how many admissible actions a message lists, where the environment names them.
    """

    def __init__(
        self,
        *,
        prompts: Prompts = MARKDOWN,
        strategy: StrategyHead | None = None,
        action: ActionHead | None = None,
        when: When = "every_turn",
        window: int | None = None,
        earlier: int = 8,
        earlier_chars: int = 200,
        actions_shown: int = 0,
    ) -> None:
        if isinstance(when, int) and when < 1:
            raise ValueError(f"when must be a positive number of turns, got {when}; 'once' writes a single strategy")
        if window is not None and window < 0:
            raise ValueError(f"window must be a number of turns from 0, or None for the whole history, got {window}")
        self.prompts = prompts
        self.strategy = strategy or StrategyHead(prompts.strategy)
        self.action = action or ActionHead(prompts.action)
        self.when = when
        self.window = window
        self.earlier = earlier
        self.earlier_chars = earlier_chars
        self.actions_shown = actions_shown

    def strategy_prompt(self, history: History) -> str:
        """What is said to the model before it writes a strategy (and then, in the same message, an action)."""
        return self._message(history, self.prompts.ask_strategy)

    def action_prompt(self, history: History, strategy: str) -> str:
        """What is said to the model before it acts; ``strategy`` is the one in force.

        Where a strategy has just been written (``history.told``) the action follows in the same message, so nothing is
        said.
        """
        if history.told:
            return ""
        after = history.order == "action_first" and self.wants_strategy(history)
        return self._message(history, self.prompts.ask_action_first if after else self.prompts.ask_action)

    def parse_action(self, text: str, info: Mapping[str, Any]) -> str:
        """The action in what the model wrote; ``info`` came with the observation."""
        return self.action.parse(text)

    def parse_strategy(self, text: str) -> str:
        """The strategy in what the model wrote."""
        return self.strategy.parse(text)

    def wants_strategy(self, history: History) -> bool:
        """Is a strategy due in this turn?"""
        if not history.spec.strategy or self.when == "never":
            return False
        if self.when == "every_turn" or not history.turns:
            return True
        if self.when == "once":
            return False
        if self.when == "stuck":
            return is_stuck(history)
        return len(history.turns) % self.when == 0

    def act(self, history: History) -> Generator[Request, Segment, str]:
        """One turn: strategy and action, in the order of the spec, or the action alone."""
        due = self.wants_strategy(history)
        strategy, written = history.strategy, None
        if due and history.order == "strategy_first":
            written = yield self._request("strategy", history, self.strategy_prompt(history))
            strategy, history = self.parse_strategy(written.text), replace(history, told=True)
        prompt = self.action_prompt(history, strategy)
        segment = yield self._request("action", history, prompt, after=None if prompt else written)
        if due and history.order == "action_first":
            yield self._request("strategy", replace(history, told=True), "", after=segment)
        return self.parse_action(segment.text, history.info)

    def play(
        self,
        env: Env,
        policy: Policy,
        *,
        seed: int = 0,
        options: Mapping[str, Any] | None = None,
        hint: str = "",
        max_turns: int | None = None,
    ) -> Trajectory:
        """Play one episode, without any training. What the environment raises is raised here."""
        task = TaskRef(env=type(env).__name__, seed=seed, options=dict(options or {}))
        episode = Episode(EpisodeSpec(task=task, seed=seed, hint=hint), self, policy)
        try:
            episode.begin(*env.reset(seed=seed, options=dict(options) if options else None))
            while not episode.done:
                while episode.request is not None:
                    episode.answer(generate(policy, [episode.job(episode.request.sampling)])[0])
                observation, reward, terminated, truncated, info = env.step(episode.action)
                truncated = truncated or episode.turn + 1 == max_turns
                episode.step(observation, reward, terminated, truncated, info)
        finally:
            for context in episode.contexts:
                policy.release(context)
        return episode.trajectory()

    def _starts_context(self, history: History) -> bool:
        return self.window is not None and len(history.turns) > self.window

    def _request(self, role: Role, history: History, prompt: str, *, after: Segment | None = None) -> Request:
        head = self.strategy if role == "strategy" else self.action
        return Request(
            role=role,
            sampling=head.sampling,
            prompt=prompt,
            prefill=self._prefill(role, after),
            system=self.prompts.system,
            new_context=not history.told and self._starts_context(history),
        )

    def _prefill(self, role: Role, after: Segment | None) -> str:
        """The header, joined to what the model wrote before it in the same message."""
        head = self.strategy if role == "strategy" else self.action
        header = head.marks.header if head.forced else ""
        if after is None:
            return header
        before = self.strategy.marks if after.role == "strategy" else self.action.marks
        if not before.closed(after.text):
            return before.close + self.prompts.separator + header
        rest = head.marks.rest(after.text)
        return self.prompts.separator + header if rest is None else rest

    def _message(self, history: History, ask: str) -> str:
        prompts, info = self.prompts, history.info
        blocks = {
            "goal": prompts.goal.format(goal=history.goal) if history.goal else "",
            "observation": prompts.observation.format(observation=history.observation),
            "hint": history.hint,
            "actions": self._actions(info.get("admissible_actions") or ()),
            "ask": ask,
        }
        if self._starts_context(history):
            start = prompts.observation.format(observation=history.turns[0].observation)
            return prompts.resumed.format(**blocks, **self._retold(history.turns), start=start)
        if not history.turns and not history.spec.start_tokens:
            return prompts.first.format(**blocks)
        written = [s.text for turn in history.turns[-1:] for s in turn.segments]
        unfinished = prompts.unfinished if written and not written[-1].endswith("\n") else ""
        return unfinished + prompts.later.format(**blocks)

    def _actions(self, actions: Sequence[str]) -> str:
        shown = list(actions[: self.actions_shown])
        if not shown:
            return ""
        if len(actions) > len(shown):
            shown.append(f"... and {len(actions) - len(shown)} more")
        return self.prompts.actions.format(actions="".join(self.prompts.action_item.format(action=a) for a in shown))

    def _retold(self, turns: Sequence[Turn]) -> dict[str, str]:
        prompts = self.prompts
        cut = len(turns) - (self.window or 0)
        past = "".join(
            prompts.past_turn.format(observation=t.observation, strategy=t.strategy, action=t.action)
            for t in turns[cut:]
        )
        older = list(dict.fromkeys(t.strategy for t in reversed(turns[:cut]) if t.strategy))[: self.earlier]
        earlier = "".join(prompts.earlier_item.format(strategy=self._summed_up(s)) for s in reversed(older))
        return {
            "past": prompts.past.format(turns=past) if past else "",
            "earlier": prompts.earlier.format(strategies=earlier) if earlier else "",
        }

    def _summed_up(self, strategy: str) -> str:
        line = " ".join(strategy.split())
        return line if len(line) <= self.earlier_chars else line[: self.earlier_chars].rstrip() + " ..."


def is_stuck(history: History, *, patience: int = 4) -> bool:
    """Has the strategy in force led nowhere? Looks at the turns since it was written.

    True after an action error, when a state comes back (equal ``state_key``; equal observations where there is none),
    and when ``info["progress"]``, where there is one, has not grown for ``patience`` turns.
    """
    turns = history.turns
    if not turns:
        return False
    if history.info.get("action_error"):
        return True
    since = max((i for i, turn in enumerate(turns) if any(s.role == "strategy" for s in turn.segments)), default=0)
    infos = (history.first_info, *(turn.info for turn in turns))  # infos[i] came with the observation of turn i
    seen = {infos[i].get("state_key") or turns[i].observation for i in range(since, len(turns))}
    if (history.info.get("state_key") or history.observation) in seen:
        return True
    progress = [float(info["progress"]) for info in infos[since:] if info.get("progress") is not None]
    return len(progress) > patience and max(progress[-patience:]) <= max(progress[:-patience])
