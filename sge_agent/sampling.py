"""What a run's episodes are sampled with, and how the weights get there that are trained: here, in a copy, on servers.

Weights move only while nothing is sampled, so an episode is written by one version of them from its first token to its last.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

import torch

from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration
from sge_agent.pipeline import Settle, nobody_learns
from sge_agent.policies.endpoint import Refused, ServerError
from sge_agent.policies.server import ServerPolicy
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.policies.weight_sync import WeightSync
from sge_agent.policy import Policy
from sge_agent.ranks import Alone, Ranks
from sge_agent.types import Request, SamplingParams

T = TypeVar("T")

TRIES = 4
"""How often one batch is played before servers that lose their weights each time stop the run."""


class Sampler(Protocol):
    """What episodes are played with."""

    @property
    def policy(self) -> Policy: ...

    @property
    def lost_batches(self) -> int:
        """How many batches were played for nothing so far: with weights that a server had no longer."""
        ...

    def refresh(self) -> None:
        """After this, whatever is sampled has the weights that are trained now. Called while nothing is sampled or learned."""
        ...

    def played(self, play: Callable[[], T], settle: Settle = nobody_learns) -> T:
        """What ``play`` gives, sampled with one version of the weights from its beginning to its end; else it is played again.

        ``settle`` waits for whoever is changing the trained weights meanwhile.
        """
        ...

    def close(self) -> None: ...


class Itself:
    """The trained policy: its weights are there already."""

    lost_batches = 0

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def refresh(self) -> None: ...

    def played(self, play: Callable[[], T], settle: Settle = nobody_learns) -> T:
        return play()

    def close(self) -> None: ...


class Twin:
    """A copy of the trained policy in the same memory, to sample from while the other one is trained.

    Weights that are not trained, such as those under low-rank adapters, are shared.
    """

    lost_batches = 0

    def __init__(self, trained: TransformersPolicy, *, max_rows: int = 64) -> None:
        self._trained = trained
        fixed = {id(weight): weight for weight in trained.model.parameters() if not weight.requires_grad}
        model = copy.deepcopy(trained.model, fixed)  # what it takes for copied stays as it is
        self.policy = TransformersPolicy(model, trained.tokenizer, max_rows=max_rows)
        self._weights = [weight for weight in model.parameters() if weight.requires_grad]
        for weight in self._weights:
            weight.requires_grad_(False)
        self._copied: int | None = None

    def refresh(self) -> None:
        if self._copied == self._trained.version:
            return
        trained = [weight for weight in self._trained.model.parameters() if weight.requires_grad]
        with torch.no_grad():
            for own, weight in zip(self._weights, trained, strict=True):
                own.copy_(weight)
        self._copied = self._trained.version
        self.policy.set_version(self._copied)

    def played(self, play: Callable[[], T], settle: Settle = nobody_learns) -> T:
        return play()

    def close(self) -> None: ...


class Servers:
    """Servers that write, and the way by which they get the weights of ``trained``.

    A server that is gone is waited for, ``patience`` seconds at most. One that was started again has lost the weights: then those
    that are trained now are sent, and what was being played is dropped and played again, since nobody knows which tokens were
    written by which weights. Of several ``ranks`` the first one sends, and all wait for it. Closes policy and ``sync``.
    """

    def __init__(
        self,
        policy: ServerPolicy,
        sync: WeightSync,
        trained: TransformersPolicy,
        *,
        patience: float = 60.0,
        ranks: Ranks | None = None,
    ) -> None:
        self.policy = policy
        self.lost_batches = 0
        self._sync = sync
        self._trained = trained
        self._patience = patience
        self._ranks = ranks or Alone()
        self._pushed: int | None = None

    def refresh(self) -> None:
        if self._pushed != self._trained.version:
            self._push()

    def played(self, play: Callable[[], T], settle: Settle = nobody_learns) -> T:
        for _ in range(TRIES):
            try:
                result = play()
            except ServerError as failure:
                if self._ranks.count > 1 or not self._lost_meanwhile(failure):
                    raise
            else:
                if self._held():
                    return result
            self.lost_batches += 1
            settle()
            self._push()
        raise RunError(
            f"in each of {TRIES} tries to play one batch a server lost the weights that it had been sent: see why it starts "
            "again and again, then go on with --resume"
        )

    def close(self) -> None:
        self.policy.close()
        self._sync.close()

    def _push(self) -> None:
        version = self._trained.version
        if self._ranks.rank == 0:
            self._patiently(lambda: self._sync.push(self._trained.model, version))
        self._ranks.gather([])  # nobody samples before
        self.policy.moved_to(version)
        self._pushed = version

    def _held(self) -> bool:
        own = [self._patiently(lambda: self._sync.holds(self.policy.version))] if self._ranks.rank == 0 else []
        return all(self._ranks.gather(own))

    def _lost_meanwhile(self, failure: ServerError) -> bool:
        """Was it refused because a server had lost its weights?"""
        try:
            return not self._sync.holds(self.policy.version)
        except ServerError:
            raise failure from None

    def _patiently(self, ask: Callable[[], T]) -> T:
        """What ``ask`` gives, asked again and again while servers are gone."""
        deadline, wait = time.monotonic() + self._patience, 0.5
        while True:
            try:
                return ask()
            except Refused:
                raise
            except ServerError as failure:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ServerError(f"for {self._patience:g} seconds (--sampler-patience), {failure}") from failure
                time.sleep(min(wait, left))
                wait = min(2 * wait, 8.0)


def check_fits(sampler: Policy, trained: Policy, exploration: Exploration) -> None:
    """Raise ``RunError`` where the method wants what the sampler cannot do, or prompts would not be worded as they are trained."""
    unable = sorted(exploration.requires - sampler.capabilities)
    if unable:
        raise RunError(
            f"the exploration method needs a sampler that can do {', '.join(unable)}, which servers cannot: leave out "
            "--sampler, or choose another method with --explore"
        )
    probe = Request("action", SamplingParams(), prompt="What now?", prefill="Action:", system="Be brief.")
    if sampler.encode((), probe) != trained.encode((), probe):
        raise RunError(
            "prompts would be worded for the sampler otherwise than for the trained policy: give train() a policy that uses "
            "its tokenizer's chat template where there is one"
        )
