"""A policy that answers from a script: for testing agents, environments and exploration without a model."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from sge_agent.policy import BY_POSITION, Job, Sample
from sge_agent.types import Request, SamplingParams

_NEW_LINE = ord("\n")

Script = Callable[[str, SamplingParams], str]
"""Given the text of the whole context and the sampling settings, what the model writes next."""


class ScriptedPolicy:
    """Answers each request with a text, as if a model had written it.

    ``script`` is a function of the context's text (then what is written does not depend on what else is played), or
    the texts themselves, used up in the order of the requests. One token is one byte of UTF-8, so any text
    round-trips. As with a real model, a text is cut behind the first stop mark, and at ``max_tokens`` bytes; a text
    with neither ends by itself. Each token has log-prob 0. A context is the plain text of all that was said; a new
    prompt begins on a new line. ``requests`` keeps the text of every context that was to be continued, in order, for
    tests to look at.
    """

    def __init__(self, script: Script | Sequence[str], *, version: int = 0) -> None:
        self._script = script if callable(script) else _one_after_another(tuple(script))
        self._version = version
        self._waiting: list[Job] = []
        self.requests: list[str] = []

    @property
    def version(self) -> int:
        return self._version

    @property
    def capabilities(self) -> frozenset[str]:
        return frozenset({BY_POSITION})

    def encode(self, tokens: Sequence[int], request: Request) -> list[int]:
        if not tokens and request.system:
            said = f"{request.system}\n\n{request.prompt}"
        elif tokens and tokens[-1] != _NEW_LINE and request.prompt and not request.prompt.startswith("\n"):
            said = "\n" + request.prompt
        else:
            said = request.prompt
        if request.prompt and not request.prompt.endswith("\n"):
            said += "\n"
        return list((said + request.prefill).encode("utf-8", "surrogatepass"))

    def decode(self, tokens: Sequence[int]) -> str:
        return bytes(tokens).decode("utf-8", "replace")

    def submit(self, job: Job) -> None:
        self._waiting.append(job)

    def collect(self) -> list[tuple[Hashable, Sample]]:
        jobs, self._waiting = self._waiting, []
        return [(job.context, self._write(job)) for job in jobs]

    def release(self, context: Hashable) -> None:
        """Nothing is cached."""

    def _write(self, job: Job) -> Sample:
        context = self.decode(job.tokens)
        self.requests.append(context)
        text, sampling = self._script(context, job.sampling), job.sampling
        ends = [at + len(mark) for mark in sampling.stop if (at := text.find(mark)) >= 0]
        written = text[: min(ends, default=len(text))].encode("utf-8", "surrogatepass")
        kept = written[: sampling.max_tokens]
        return Sample(
            tokens=tuple(kept),
            logprobs=(0.0,) * len(kept),
            temperatures=tuple(sampling.temperature_at(i) for i in range(len(kept))),
            text=self.decode(kept),
            finish="stop" if kept == written else "length",
        )


def _one_after_another(texts: tuple[str, ...]) -> Script:
    left = iter(texts)

    def script(context: str, sampling: SamplingParams) -> str:
        text = next(left, None)
        if text is None:
            raise ValueError(f"the script has {len(texts)} texts and one more was asked for, after: {context[-200:]!r}")
        return text

    return script
