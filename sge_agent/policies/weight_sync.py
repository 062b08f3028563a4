"""New weights for the servers that sample: tensor by tensor over vLLM's transfer routes, or as adapters in a shared folder."""

from __future__ import annotations

import contextlib
import glob
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from sge_agent.errors import RunError
from sge_agent.policies.carrier import Aside, Carrier
from sge_agent.policies.endpoint import Endpoint, MalformedReply, NotThere, ServerError

if TYPE_CHECKING:
    import torch

T = TypeVar("T")


class WeightSync(Protocol):
    """Brings the learner's weights to where text is sampled."""

    def push(self, model: torch.nn.Module, version: int) -> None:
        """After this, whatever is sampled has the weights that ``model`` has now; they are called ``version``.

        Raises ``RunError``; what the servers then hold is not defined until a later push succeeds.
        """
        ...

    def holds(self, version: int) -> bool:
        """Do all servers still have the weights that were pushed as ``version``? One that was started again has not.

        Raises ``ServerError`` when one cannot be asked.
        """
        ...

    def close(self) -> None:
        """Nothing is pushed any more (idempotent)."""
        ...


class TransferSync:
    """Sends all weights to vLLM servers over the routes that it has for this, from vLLM 0.30 on.

    Start each server with ``VLLM_SERVER_DEV_MODE=1`` and ``--weight-transfer-config '{"backend": "nccl"}'``; these routes
    are open to whoever reaches them, so they belong into a private network.

    * ``servers``: addresses without a version, such as http://localhost:8000; all are in one group with this process.
    * ``carrier``: how the tensors travel, see :class:`sge_agent.policies.carrier.GroupCarrier`.
    * ``pause``: what becomes of requests that are under way: they end first ("wait"), are broken off ("abort"; a
      ``ServerPolicy`` asks for them again), or go on with the new weights and what they have cached ("keep").
    * ``timeout``: seconds for one route.

    A push pauses all servers, sends every weight once to all of them, and lets them go on; where it fails they stay paused,
    since some of the weights are new. A server that was started again samples from the weights that it was started with:
    :meth:`holds` says so, and a further push mends it. Of several ranks one pushes. Close it, or use it in a ``with`` block.
    """

    def __init__(
        self,
        servers: Sequence[str],
        carrier: Carrier,
        *,
        api_key: str = "",
        pause: Literal["wait", "abort", "keep"] = "wait",
        timeout: float = 600.0,
    ) -> None:
        self._servers = [Endpoint(server, api_key=api_key, timeout=timeout, retries=0) for server in servers]
        self._carrier = carrier
        self._pause = pause
        self._joined = False

    def push(self, model: torch.nn.Module, version: int) -> None:
        """See :class:`WeightSync`."""
        weights = dict(model.named_parameters())
        if any("lora_" in name for name in weights):
            raise RunError("the model has low-rank adapters, which these routes do not take: use LoraReload")
        try:
            self._push({name: weight.detach() for name, weight in weights.items()}, version)
        except BaseException:
            self._joined = False  # who failed to take a tensor takes no further one: meet again
            self._carrier.close()
            raise

    def holds(self, version: int) -> bool:
        """See :class:`WeightSync`. Servers that do not have the route ``weight_info`` are believed."""
        try:
            found = self._each(lambda server: server.get("weight_info", _weight_version))
        except NotThere:
            return True
        if set(found) == {str(version)}:
            return True
        self._joined = False  # who was started again is in no group
        self._carrier.close()
        return False

    def _push(self, weights: Mapping[str, torch.Tensor], version: int) -> None:
        if not self._joined:
            self._join()
        self._all(f"pause?mode={self._pause}", {})
        self._all("start_weight_update", {})
        try:
            self._transfer(weights)
        except BaseException:
            with contextlib.suppress(ServerError):  # else they refuse the next start; the first error says more
                self._all("finish_weight_update", {})
            raise
        self._all("finish_weight_update", {"weight_version": str(version)})
        self._all("resume", {})

    def _join(self) -> None:
        """Bring all workers of all servers into one group, in which this process is rank 0."""
        counts = self._each(lambda server: server.get("get_world_size", _world_size))
        world = 1 + sum(counts)
        meeting = self._carrier.open(world)
        offsets = [1 + sum(counts[:i]) for i in range(len(counts))]
        infos = [{**meeting, "rank_offset": offset, "world_size": world} for offset in offsets]
        self._together("init_weight_transfer_engine", [{"init_info": info} for info in infos], self._carrier.join)
        self._joined = True

    def _transfer(self, weights: Mapping[str, torch.Tensor]) -> None:
        info = {
            "names": list(weights),
            "dtype_names": [str(weight.dtype).removeprefix("torch.") for weight in weights.values()],
            "shapes": [list(weight.shape) for weight in weights.values()],
        }
        bodies = [{"update_info": info}] * len(self._servers)
        self._together("update_weights", bodies, lambda: self._carrier.send(list(weights.values())))

    def _together(self, path: str, bodies: Sequence[Mapping[str, Any]], own: Callable[[], None]) -> None:
        """Post to all servers while this process does its own part, which may never end if one of them refuses."""
        part = Aside(own)
        posts = [
            Aside(partial(server.post, path, body, _taken)) for server, body in zip(self._servers, bodies, strict=True)
        ]
        for post in posts:
            post.wait()
        try:
            part.wait()
        except Exception as error:
            raise RunError(f"the weights could not be sent ({type(error).__name__}: {error})") from error

    def _all(self, path: str, body: Mapping[str, Any]) -> None:
        self._each(lambda server: server.post(path, body, _taken))

    def _each(self, ask: Callable[[Endpoint], T]) -> list[T]:
        """Ask all at once, on threads that do not hold up Ctrl-C where a server never answers."""
        asked = [Aside(partial(ask, server)) for server in self._servers]
        return [one.result() for one in asked]

    def close(self) -> None:
        """Leave the group; the servers go on with the weights that they have."""
        self._carrier.close()
        for server in self._servers:
            server.close()

    def __enter__(self) -> TransferSync:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LoraReload:
    """Saves the model's low-rank adapter into a folder that the servers can read, and has them load it under one name.

    Start each vLLM server with ``--enable-lora`` and ``VLLM_ALLOW_RUNTIME_LORA_UPDATING=True``, and sample from the model
    ``name``; before the first push there is none. ``servers``: addresses with the version, such as http://localhost:8000/v1.
    Only the last adapter of this name is kept in the folder. Requests under way may have their first tokens from the old one.
    """

    def __init__(
        self,
        servers: Sequence[str],
        name: str,
        folder: Path,
        *,
        api_key: str = "",
        timeout: float = 300.0,
        retries: int = 6,
    ) -> None:
        self.name = name
        self.folder = folder
        self._servers = [Endpoint(server, api_key=api_key, timeout=timeout, retries=retries) for server in servers]

    def push(self, model: torch.nn.Module, version: int) -> None:
        """See :class:`WeightSync`."""
        from peft import PeftModel

        if not isinstance(model, PeftModel):
            raise RunError("the model has no low-rank adapter: train one with --lora-rank, or use TransferSync")
        path = self._path(version)
        model.save_pretrained(str(path))
        body = {"lora_name": self.name, "lora_path": str(path), "load_inplace": True}
        for server in self._servers:
            server.post("load_lora_adapter", body, str, plain=True)
        for other in path.parent.glob(f"{glob.escape(self.name)}-*"):
            if other != path and other.name.removeprefix(f"{self.name}-").isdecimal():
                shutil.rmtree(other)

    def holds(self, version: int) -> bool:
        """See :class:`WeightSync`."""
        path = str(self._path(version))
        return all(server.get("models", _adapters).get(self.name) == path for server in self._servers)

    def close(self) -> None:
        for server in self._servers:
            server.close()

    def _path(self, version: int) -> Path:
        return (self.folder / f"{self.name}-{version}").resolve()


def _taken(reply: Any) -> None:
    """All that the routes say is that they have done it."""
    if not isinstance(reply, dict):
        raise MalformedReply(f"expected an object, got {reply!r:.200}")


def _world_size(reply: Any) -> int:
    size = reply.get("world_size") if isinstance(reply, dict) else None
    if not isinstance(size, int) or size < 1:
        raise MalformedReply(f"expected a world_size of 1 or more, got {reply!r:.200}")
    return size


def _weight_version(reply: Any) -> str | None:
    """What the weights were called when they were pushed; None: they are those that the server was started with."""
    if not isinstance(reply, dict) or "weight_version" not in reply:
        raise MalformedReply(f"expected a weight_version, got {reply!r:.200}")
    version = reply["weight_version"]
    return None if version is None else str(version)


def _adapters(reply: Any) -> dict[str, str]:
    """Where the weights of each model and adapter came from, by name."""
    cards = reply.get("data") if isinstance(reply, dict) else None
    if not isinstance(cards, list) or not all(isinstance(card, dict) for card in cards):
        raise MalformedReply(f"expected a list of models, got {reply!r:.200}")
    return {str(card.get("id")): str(card.get("root")) for card in cards}
