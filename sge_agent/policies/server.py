"""A policy on a language model behind an HTTP server with OpenAI's interface: vLLM, SGLang, llama.cpp, transformers
serve, hosted models."""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Mapping, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from sge_agent.policies.endpoint import ContextTooLong, Endpoint, ServerError
from sge_agent.policies.wires import ChatWire, TokenWire, Wire
from sge_agent.policy import Job, Sample
from sge_agent.types import Request

__all__ = ["ChatWire", "ContextTooLong", "ServerError", "ServerPolicy", "TokenWire"]


class ServerPolicy:
    """Has a server continue every context, up to ``concurrency`` at once.

    * ``base_url``: up to and including the version, such as http://localhost:8000/v1; ``model``: its name there. Several
      addresses are replicas: a context stays with the one that has its cache, a new one goes to the least busy, one that is
      gone is left out for a while, and its contexts move. Nothing is lost with it, since every request has the whole context.
    * ``wire``: :class:`ChatWire` (the default) works with any server and gives text alone; :class:`TokenWire` needs the
      model's tokenizer and a server such as vLLM, and gives token ids with log-probabilities.
    * ``fields``: further fields of every request, over those of the wire; a value of None leaves a field out, for
      servers that refuse it.
    * ``api_key``, ``timeout`` (seconds per attempt), ``retries``, ``patience`` (seconds that all may be gone): see
      :class:`Endpoint`.
    * ``version``: what is recorded as the policy's version; :meth:`moved_to` sets it when the server has new weights.

    The seed of each job goes along, but servers batch as they like: what is drawn may differ from run to run. A context
    that the server calls too long ends at once, with finish "length" and without tokens. Close it, or use it in a
    ``with`` block: requests under way are then not tried again.
    """

    def __init__(
        self,
        base_url: str | Sequence[str],
        model: str,
        *,
        wire: Wire | None = None,
        fields: Mapping[str, Any] | None = None,
        api_key: str = "",
        concurrency: int = 16,
        timeout: float = 300.0,
        retries: int = 6,
        patience: float = 60.0,
        version: int = 0,
    ) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency must be at least one request at a time, got {concurrency}")
        self.model = model
        self._wire: Wire = wire if wire is not None else ChatWire()
        self._fields = dict(fields or {})
        self._version = version
        self._salt = f"{secrets.token_hex(8)}, version"  # a server outlives runs, and each of them counts from 0
        self._endpoint = Endpoint(base_url, api_key=api_key, timeout=timeout, retries=retries, patience=patience)
        self._threads = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="sge-server")
        self._running: dict[Hashable, Future[Sample]] = {}

    @property
    def version(self) -> int:
        return self._version

    def moved_to(self, version: int, *, model: str | None = None) -> None:
        """Say that the server's weights are those of ``version`` from now on, under the name ``model`` if that is new."""
        self._version = version
        self.model = self.model if model is None else model

    @property
    def capabilities(self) -> frozenset[str]:
        """None: a server takes one temperature per request."""
        return frozenset()

    def encode(self, tokens: Sequence[int], request: Request) -> list[int]:
        return self._wire.encode(tokens, request)

    def decode(self, tokens: Sequence[int]) -> str:
        return self._wire.decode(tokens)

    def submit(self, job: Job) -> None:
        if job.context in self._running:
            raise ValueError(
                f"context {job.context!r} has an unfinished job; collect it before submitting the next one"
            )
        self._running[job.context] = self._threads.submit(self._write, job)

    def collect(self) -> list[tuple[Hashable, Sample]]:
        """See :class:`sge_agent.policy.Policy`. Raises ``ServerError`` where the server refused or failed for good."""
        futures.wait(self._running.values(), return_when=futures.FIRST_COMPLETED)
        finished = [context for context, call in self._running.items() if call.done()]
        return [(context, self._running.pop(context).result()) for context in finished]

    def release(self, context: Hashable) -> None:
        """Forget a context: a request that waits is not sent, the answer to one under way is dropped."""
        self._endpoint.replicas.forget(context)
        call = self._running.pop(context, None)
        if call is not None:
            call.cancel()

    def close(self) -> None:
        """Drop what waits, and wait for the requests under way (at most their time-out)."""
        self._endpoint.close()
        self._running.clear()
        self._threads.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()

    def _write(self, job: Job) -> Sample:
        salt = {self._wire.salt: f"{self._salt} {self._version}"} if self._wire.salt else {}
        body = {"model": self.model, **self._wire.body(job), **salt, **self._fields}
        asked = {name: value for name, value in body.items() if value is not None}
        try:
            return self._endpoint.post(
                self._wire.path, asked, lambda reply: self._wire.read(reply, job), session=job.context
            )
        except ContextTooLong:
            return Sample((), (), (), "", "length")
