"""How tensors travel from the learner to the workers of sampling servers: a group of processes of which this one is rank 0."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from sge_agent.errors import RunError

if TYPE_CHECKING:
    import torch
    from torch.distributed import TCPStore  # type: ignore[attr-defined]

T = TypeVar("T")


class Carrier(Protocol):
    """What :class:`TransferSync` needs to move tensors. The order is open, join, send any number of times, close."""

    def open(self, world_size: int) -> Mapping[str, Any]:
        """Prepare a meeting of so many processes; where it is, as fields for ``/init_weight_transfer_engine``."""
        ...

    def join(self) -> None:
        """Wait until all are there."""
        ...

    def send(self, tensors: Sequence[torch.Tensor]) -> None:
        """Broadcast them one by one, in this order."""
        ...

    def close(self) -> None:
        """Leave the group (idempotent)."""
        ...


class GroupCarrier:
    """Broadcasts over a process group of torch beside the default one, tensor by tensor.

    * "nccl", between GPUs: vLLM's own. The workers get the group's NCCL id (``nccl_unique_id_b64``), which torch leaves in its
      store when it has made one for itself.
    * "gloo", between CPUs: the workers get the address of a store (``master_address``, ``master_port``). No vLLM takes it.

    The first thing that all do together is to add up one number. ``device`` is where tensors are when they are sent, ``host``
    the address of this machine that servers reach over gloo (NCCL chooses its own; see its ``NCCL_SOCKET_IFNAME``), and
    ``timeout`` the seconds until it is an error that one of them does not come, or does not take a tensor.
    """

    def __init__(
        self,
        backend: Literal["nccl", "gloo"] = "nccl",
        *,
        device: str = "cuda",
        host: str | None = None,
        timeout: float = 600.0,
    ) -> None:
        self.backend = backend
        self.device = device
        self.host = host
        self.timeout = timedelta(seconds=timeout)
        self._group: Any = None  # torch declares no methods of it
        self._meeting: Aside[None] | None = None

    def open(self, world_size: int) -> Mapping[str, Any]:
        import torch
        from torch.distributed import TCPStore  # type: ignore[attr-defined]  # torch exports it without saying so

        if self.backend == "nccl" and not torch.cuda.is_available():
            raise RunError("weights travel over NCCL from GPU to GPU, and this process sees none: train on a GPU")
        host = _resolved(self.host or socket.gethostname()) if self.backend == "gloo" else ""
        # the store listens at all addresses of this machine; reaching it here must depend on no name
        store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=self.timeout)
        self._meeting = Aside(partial(self._meet, store, world_size))
        if self.backend == "gloo":
            return {"master_address": host, "master_port": store.port}
        while not store.check(["0"]):  # where torch puts the id, when the first thing to do together begins
            self._meeting.wait(timeout=0.05)
        return {"nccl_unique_id_b64": base64.b64encode(store.get("0")).decode()}

    def join(self) -> None:
        if self._meeting is None:
            raise RunError("nobody has opened a meeting that could be joined")
        self._meeting.wait()

    def send(self, tensors: Sequence[torch.Tensor]) -> None:
        group = self._group  # its end waits for what is under way: that may be here, but not in close
        if group is None:
            raise RunError("there is no group to send weights to")
        for tensor in tensors:
            group.broadcast(tensor.to(self.device).contiguous(), 0).wait()
        if self.backend == "nccl":
            import torch

            torch.cuda.synchronize(self.device)

    def close(self) -> None:
        self._group = self._meeting = None

    def _meet(self, store: TCPStore, world_size: int) -> None:
        import torch
        from torch.distributed import distributed_c10d

        group: Any
        if self.backend == "gloo":
            group = distributed_c10d.ProcessGroupGloo(store, 0, world_size, self.timeout)
        else:
            options = distributed_c10d.ProcessGroupNCCL.Options()
            options._timeout = self.timeout
            group = distributed_c10d.ProcessGroupNCCL(store, 0, world_size, options)
        group.allreduce(torch.ones(1, device=self.device)).wait()
        self._group = group


def _resolved(host: str) -> str:
    """The address of a name. Raises ``RunError`` where it has none."""
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise RunError(
            f"{host} has no address here ({error}): give the one by which the servers reach this machine with --sampler-host "
            "(in Python host)"
        ) from error


class Aside(Generic[T]):
    """``work`` on a thread of its own that may never end: it holds up neither who gives up waiting nor the program's end."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._found: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sge-aside", daemon=True)
        self._thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait for the end, for so many seconds at most, and raise what it raised."""
        self._thread.join(timeout)
        if self._error is not None:
            raise self._error

    def result(self) -> T:
        """Wait for the end, and return or raise what came of it."""
        self.wait()
        return self._found[0]

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:
            self._error = error
