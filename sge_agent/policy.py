"""The two seams to a language model: something that writes (Policy), and something that can also be trained (TrainablePolicy).

A policy works as a queue, so that rows that finish early, or wait for an environment, never hold up the others:
``submit`` a job, ``collect`` whatever has finished. ``generate`` below is the plain blocking form on top of it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from sge_agent.types import Request, SamplingParams

if TYPE_CHECKING:
    import torch

    from sge_agent.policies.shards import Shards


@dataclass(frozen=True, slots=True)
class Job:
    """Continue ``tokens`` (the whole context so far). ``context`` names it, so that a cache can be kept between jobs.

    ``rng`` is the seed of this job's own random stream: what is drawn depends on it and on the logits, never on what else is
    in the batch. ``tokens`` of a later job with the same ``context`` start with all that the context holds by then, or are the
    first of these: what came after them is forgotten.
    """

    context: Hashable
    tokens: Sequence[int]
    sampling: SamplingParams
    rng: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """What the model wrote for a job; lengths of ``tokens``, ``logprobs``, ``temperatures`` and ``entropies`` agree.

    ``logprobs`` (nats) are those of the logits divided by the temperature, over the whole vocabulary.
    """

    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]
    temperatures: tuple[float, ...]
    text: str
    finish: Literal["stop", "length"]
    entropies: tuple[float, ...] = ()


BY_POSITION = "temperature by position"
"""The capability of a policy that follows ``SamplingParams.factors``."""


class Policy(Protocol):
    """A language model that writes text for agents."""

    @property
    def version(self) -> int:
        """Counts weight updates; recorded with what was written."""
        ...

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do beyond the least that every policy can: "temperature by position" (:class:`SamplingParams`)."""
        ...

    def encode(self, tokens: Sequence[int], request: Request) -> list[int]:
        """The tokens to append to ``tokens`` (empty: a new context) so that the model now writes what ``request`` asks for.

        Closes the model's last message if it is still open, renders ``system`` and ``prompt`` with the chat template where
        there is one, and ends with ``prefill``. Text that was sampled is never tokenised again.
        """
        ...

    def decode(self, tokens: Sequence[int]) -> str: ...

    def submit(self, job: Job) -> None: ...

    def collect(self) -> list[tuple[Hashable, Sample]]:
        """Work until at least one submitted job has finished; ``(job.context, sample)`` of all that have. [] if none is waiting."""
        ...

    def release(self, context: Hashable) -> None:
        """Forget what is cached for this context (idempotent)."""
        ...


class Reader(Protocol):
    """Something that reads contexts: ``ids`` and ``attention_mask`` are [B, T], right-padded, and ``keep`` [B, T] marks K
    positions (row-major order). Results are float32."""

    def forward_logits(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        """Logits, [K, V]. Position t's logits predict token t + 1."""
        ...

    def forward_hidden(self, ids: torch.Tensor, attention_mask: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        """The last layer's states, [K, width]. Position t's state has read token t."""
        ...


class TrainablePolicy(Policy, Reader, Protocol):
    """A policy whose weights live here."""

    @property
    def model(self) -> torch.nn.Module: ...

    @property
    def shards(self) -> Shards | None:
        """How the weights are spread over several processes; None where each has all."""
        ...

    def frozen(self) -> Reader:
        """The model as it is now, to compare with when the weights have moved on."""
        ...

    def bump_version(self) -> None:
        """Say that the weights changed: cached keys and values are dropped, ``version`` counts up."""
        ...


def generate(policy: Policy, jobs: Sequence[Job]) -> list[Sample]:
    """Run all jobs to their end; samples in the order of the jobs. Contexts must be distinct."""
    for job in jobs:
        policy.submit(job)
    done: dict[Hashable, Sample] = {}
    while len(done) < len(jobs):
        finished = policy.collect()
        if not finished:
            raise RuntimeError(
                f"the policy returned nothing with {len(jobs) - len(done)} of {len(jobs)} jobs unfinished"
            )
        done.update(finished)
    return [done[job.context] for job in jobs]
