"""The learner: groups of episodes in, one policy update out. It knows no environment and no method by name.

GRPO with the changes of DAPO that SGE keeps (token mean, no KL term, groups of equal returns left out) and a
symmetric clip. Every token's log-probability is taken from logits divided by the temperature that the token was
sampled at, so that on fresh data every importance ratio is 1.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch

from sge_agent import advantages
from sge_agent.batch import Batch, Row, micro_batches
from sge_agent.correction import SAMPLED, Correction, correction_weights, is_cut, log_differences, with_sampled
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.features import REFERENCE, Features
from sge_agent.losses import Aggregate, PolicyLoss, Terms, clipped, token_weights
from sge_agent.optimizer import Optimizer
from sge_agent.policy import Reader, TrainablePolicy
from sge_agent.ranks import Alone, Ranks, add_gradients, share
from sge_agent.scoring import Scoring, whole
from sge_agent.tally import Tally
from sge_agent.types import Group

ESTIMATORS: Mapping[str, advantages.Estimator] = {
    "grpo": advantages.grpo,
    "dr_grpo": advantages.dr_grpo,
    "rloo": advantages.rloo,
}


class Learner:
    """Updates the weights of ``policy``; the defaults are the paper's.

    * ``lr``, ``warmup_updates``, ``final_lr``, ``total_updates``, ``max_grad_norm``, ``betas``, ``weight_decay``: see
      :class:`Optimizer`.
    * ``epochs``: passes over an update's rows, each in ``minibatches`` optimiser steps.
    * ``loss``: the loss per token; ``clip_low`` and ``clip_high`` bound its ratio, where None means ``clip``. An
      exploration method may name other bounds token by token.
    * ``aggregate``: how tokens become one loss; ``constant_length`` is the divisor of "constant".
    * ``estimator``, ``separate_baselines``, ``plain_temperature``: see :class:`Scoring`.
    * ``old_logprobs``: "sampled" takes those that the policy recorded as it wrote; "recomputed" scores them again
      before the update, for samplers whose arithmetic differs from the learner's.
    * ``correction`` weighs the loss of each token by how much more likely the learner finds it than the sampler did, bounded by
      ``correction_bound``: see :func:`correction_weights`. What a method adds to the loss is not weighed. Only with recomputed
      ``old_logprobs``.
    * ``reference``: the model as it was before training, for methods that compare with it (:attr:`Exploration.needs`).
    * ``ranks``: the processes that share an update's rows among them, each with the whole model or with its part of it
      (:attr:`TrainablePolicy.shards`); every one calls :meth:`step` with the same groups.
    * ``microbatch_tokens`` (padding included) and ``microbatch_trained`` bound what is in one forward pass: memory,
      never the result.
    """

    def __init__(
        self,
        policy: TrainablePolicy,
        *,
        lr: float = 1e-6,
        warmup_updates: int = 0,
        final_lr: float = 1.0,
        total_updates: int = 1,
        epochs: int = 2,
        minibatches: int = 1,
        loss: PolicyLoss = clipped,
        clip: float = 0.2,
        clip_low: float | None = None,
        clip_high: float | None = None,
        max_grad_norm: float = 1.0,
        betas: tuple[float, float] = (0.9, 0.999),
        weight_decay: float = 0.0,
        estimator: Literal["grpo", "dr_grpo", "rloo"] | advantages.Estimator = "grpo",
        separate_baselines: bool = False,
        aggregate: Aggregate = "token_mean",
        constant_length: float = 1024.0,
        plain_temperature: Literal["one", "sampled"] = "one",
        old_logprobs: Literal["sampled", "recomputed"] = "sampled",
        correction: Correction = "none",
        correction_bound: float = 2.0,
        reference: Reader | None = None,
        ranks: Ranks | None = None,
        microbatch_tokens: int = 16384,
        microbatch_trained: int = 4096,
    ) -> None:
        if correction != "none" and (old_logprobs != "recomputed" or correction_bound <= 1):
            raise ValueError(
                f"correction {correction!r} compares recomputed log-probabilities with the sampler's: it needs "
                f'old_logprobs="recomputed" and a bound above 1, got {old_logprobs!r} and {correction_bound:g}'
            )
        self.policy = policy
        self.updates = 0
        self.epochs, self.minibatches = epochs, minibatches
        self.loss, self.aggregate, self.constant_length = loss, aggregate, constant_length
        self.clip_low = clip if clip_low is None else clip_low
        self.clip_high = clip if clip_high is None else clip_high
        self.old_logprobs = old_logprobs
        self.correction: Correction = correction
        self.correction_bound = correction_bound
        self._shards = policy.shards
        self.ranks = ranks or (Alone() if self._shards is None else self._shards.ranks)
        self.microbatch_tokens, self.microbatch_trained = microbatch_tokens, microbatch_trained
        self.scoring = Scoring(
            estimator=ESTIMATORS[estimator] if isinstance(estimator, str) else estimator,
            separate_baselines=separate_baselines,
            plain_temperature=plain_temperature,
        )
        self.optimizer = Optimizer(
            [p for p in policy.model.parameters() if p.requires_grad] if self._shards is None else self._shards.parts,
            lr=lr,
            warmup_updates=warmup_updates,
            final_lr=final_lr,
            total_updates=total_updates,
            max_grad_norm=max_grad_norm,
            betas=betas,
            weight_decay=weight_decay,
            spread_over=None if self._shards is None else self._shards.ranks,
        )
        self._device = next(policy.model.parameters()).device
        self._features = Features(policy, reference, microbatch_tokens, microbatch_trained, self._device)

    def with_features(
        self, groups: Sequence[Group], exploration: Exploration, ctx: ExplorationContext
    ) -> ExplorationContext:
        """The context with all that the method needs to know about the whole episodes of an update."""
        missing = sorted(exploration.needs - ctx.features.keys() - {REFERENCE})
        if not missing:
            return ctx
        self.policy.model.eval()
        episodes = whole(groups)
        return replace(ctx, features={**ctx.features, **{name: self._features.of(episodes, name) for name in missing}})

    def step(
        self, groups: Sequence[Group], exploration: Exploration | None = None, ctx: ExplorationContext | None = None
    ) -> dict[str, float]:
        """One update. Returns metrics: loss, ratios, entropy (nats) by role, gradient norm, what was left out, seconds.

        A step whose loss or gradient is not finite is skipped and counted; the next one goes on.
        """
        started = time.monotonic()
        exploration = exploration or Exploration()
        if ctx is None:
            rng = np.random.default_rng(self.updates)
            ctx = ExplorationContext(update=self.updates, total_updates=self.optimizer.total_updates, rng=rng)
        ctx = self.with_features(groups, exploration, ctx)
        rows, metrics = self.scoring.rows(groups, exploration, ctx)
        if self.correction != "none":
            rows = with_sampled(rows)
        if self.old_logprobs == "recomputed":
            rows = [replace(row, recompute=True) for row in rows]
        self.policy.model.eval()  # dropout would make ratios of fresh data differ from 1
        self.optimizer.begin(self.updates)
        tally = Tally()
        with self._in_parts():
            if REFERENCE in exploration.needs:
                rows = self._features.with_reference(rows)
            if self.minibatches > 1:
                self._recompute(rows)
            for _ in range(self.epochs if rows else 0):
                for part in self._parts(rows, ctx.rng):
                    self._optimise(rows, part, exploration, ctx, tally)
                tally.epochs += 1
        if tally.norms:
            self.policy.bump_version()
        self.updates += 1
        times = {"lr": self.optimizer.rate, "seconds": time.monotonic() - started}
        return metrics | Tally.of_all(self.ranks.gather([tally])).metrics() | times

    @contextlib.contextmanager
    def _in_parts(self) -> Iterator[None]:
        """Where weights are spread over processes, nobody holds all of them while they are trained."""
        if self._shards is None:
            yield
            return
        self._shards.drop()
        yield
        self._shards.gather()

    def _recompute(self, rows: list[Row]) -> None:
        """Old log-probabilities, of the weights before this update, for rows whose recorded ones are another context's."""
        wanted = [i for i, row in enumerate(rows) if row.recompute]
        with torch.no_grad():
            for batch in self._micro_batches([rows[i] for i in wanted]):
                _settle(rows, wanted, batch, _chosen(self._log_softmax(batch), batch))

    def _parts(self, rows: Sequence[Row], rng: np.random.Generator) -> Iterable[list[int]]:
        """The rows of each optimiser step of an epoch; those of one episode stay together."""
        episodes = np.unique([row.sequence for row in rows])
        steps = min(self.minibatches, len(episodes))
        order = rng.permutation(episodes) if steps > 1 else episodes
        for part in np.array_split(order, steps):
            chosen = set(part.tolist())
            yield [i for i, row in enumerate(rows) if row.sequence in chosen]

    def _optimise(
        self, rows: list[Row], part: Sequence[int], exploration: Exploration, ctx: ExplorationContext, tally: Tally
    ) -> None:
        """One optimiser step on the rows ``part``."""
        episodes, place = np.unique([rows[i].sequence for i in part], return_inverse=True)
        lengths = np.bincount(place, weights=[len(rows[i].at) for i in part], minlength=len(episodes))
        # a row without advantage counts among the tokens, but there is nothing to compute for it
        keep_all = exploration.adds_loss
        live = [n for n, i in enumerate(part) if keep_all or rows[i].advantages.any()]
        lengths_t = torch.from_numpy(lengths).float().to(self._device)
        live = share(live, self.ranks)
        place_t = torch.from_numpy(place[live]).to(self._device)
        numbers = [part[n] for n in live]
        self.optimizer.zero_grad()
        finite = True
        for batch in self._as_many(self._micro_batches([rows[i] for i in numbers])):
            if batch is None or not finite:
                self._go_along()
                continue
            log_p = self._log_softmax(batch)
            logprobs = _chosen(log_p, batch)
            if bool(batch.recompute.any()):  # the first step of this update: these are the weights before it
                old = torch.where(batch.recompute, logprobs.detach(), batch.old_logprobs)
                batch = replace(batch, old_logprobs=old)
                _settle(rows, numbers, batch, old)
            terms = self._terms(batch, logprobs)
            values = self.loss(terms)
            if self.correction != "none":
                values = values * self._corrections(batch, tally)
            extra = exploration.token_loss(batch, log_p, ctx)
            weights = token_weights(lengths_t, place_t[batch.rows], self.aggregate, self.constant_length)
            loss = ((values if extra is None else values + extra) * weights).sum()
            self._backward(loss)
            finite = bool(torch.isfinite(loss))
            if finite:
                tally.add(batch, terms, log_p.detach(), loss.item())
        if not self._add_gradients(usable=finite):
            self.optimizer.zero_grad()
            tally.skipped += 1
            return
        norm = self.optimizer.step()
        if norm is None:
            tally.skipped += 1
        else:
            tally.norms.append(norm)

    def _as_many(self, batches: Iterable[Batch]) -> Iterable[Batch | None]:
        """The batches; with spread weights, None until all processes, which can only pass together, have as many."""
        return batches if self._shards is None else self._shards.as_many(list(batches))

    def _go_along(self) -> None:
        """Where the others pass through spread weights, pass with them, without any gradient."""
        if self._shards is not None:
            ids = torch.zeros(1, 2, dtype=torch.long, device=self._device)
            keep = torch.tensor([[True, False]], device=self._device)
            logits = self.policy.forward_logits(ids, torch.ones_like(keep), keep)
            self._backward(0 * logits.sum())

    def _backward(self, loss: torch.Tensor) -> None:
        with contextlib.nullcontext() if self._shards is None else self._shards.answering():
            loss.backward()  # type: ignore[no-untyped-call]

    def _add_gradients(self, *, usable: bool) -> bool:
        """Sum the gradients of all processes; whether each says that they are usable."""
        if self._shards is not None:
            return self._shards.add_gradients(usable=usable)
        return add_gradients(list(self.policy.model.parameters()), self.ranks, usable=usable)

    def _corrections(self, batch: Batch, tally: Tally) -> torch.Tensor:
        """The weight of each token for the mismatch of sampler and learner, [K]."""
        parts = (batch.old_logprobs, batch.extras[SAMPLED])
        weights = correction_weights(*parts, batch.rows, self.correction, self.correction_bound)
        tally.add_correction(log_differences(*parts), weights, is_cut(weights, self.correction, self.correction_bound))
        return weights

    def _micro_batches(self, rows: Sequence[Row]) -> Iterable[Batch]:
        return micro_batches(
            rows, max_tokens=self.microbatch_tokens, max_trained=self.microbatch_trained, device=self._device
        )

    def _log_softmax(self, batch: Batch) -> torch.Tensor:
        """[K, V]: of the logits divided by the temperature of each token."""
        logits = self.policy.forward_logits(batch.ids, batch.attention_mask, batch.keep)
        return (logits / batch.temperatures[:, None]).log_softmax(-1)

    def _terms(self, batch: Batch, logprobs: torch.Tensor) -> Terms:
        def bound(name: str, default: float) -> torch.Tensor:
            own = batch.extras.get(name)
            return torch.full_like(logprobs, default) if own is None else own.nan_to_num(nan=default)

        return Terms(
            logprobs=logprobs,
            old_logprobs=batch.old_logprobs,
            advantages=batch.advantages,
            clip_low=bound("clip_low", self.clip_low),
            clip_high=bound("clip_high", self.clip_high),
            rows=batch.rows,
        )

    def state_dict(self) -> dict[str, Any]:
        """JSON-able part; the optimiser's tensors are :meth:`tensors`."""
        return {"updates": self.updates}

    def tensors(self) -> dict[str, torch.Tensor]:
        """The optimiser's tensors by name."""
        return self.optimizer.tensors()

    def load_state_dict(self, state: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on from what :meth:`state_dict` and :meth:`tensors` gave."""
        self.updates = int(state["updates"])
        self.optimizer.load_tensors(tensors)


def _chosen(log_p: torch.Tensor, batch: Batch) -> torch.Tensor:
    return log_p.gather(1, batch.targets[:, None])[:, 0]


def _settle(rows: list[Row], numbers: Sequence[int], batch: Batch, logprobs: torch.Tensor) -> None:
    """Give each row of the batch, ``rows[numbers[n]]``, the log-probabilities found for it as its old ones."""
    found, places = logprobs.detach().cpu().numpy().astype(np.float64), batch.rows.cpu().numpy()
    for n in np.unique(places[batch.recompute.cpu().numpy()]):
        rows[numbers[n]] = rows[numbers[n]].with_logprobs(found[places == n])
