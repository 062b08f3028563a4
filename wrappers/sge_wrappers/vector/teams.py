"""Workers in threads or in processes, one for each environment."""

from __future__ import annotations

import multiprocessing
import pickle
import queue
import signal
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from gymnasium.vector.utils import CloudpickleWrapper

from sge_wrappers.vector.arrivals import EnvFailed
from sge_wrappers.vector.seat import Answer, Failed, MakeEnv, Order, serve


class Team(Protocol):
    """Workers by number. An order is answered once; a worker that is new answers once unasked, with ``About``."""

    def send(self, index: int, order: Order) -> None: ...

    def receive(self, timeout: float | None) -> list[tuple[int, Answer]]:
        """All answers there are; waits up to ``timeout`` seconds (None: for ever) for the first."""
        ...

    def replace(self, index: int) -> None:
        """Give up this worker, with whatever it is doing, and begin to start another."""
        ...

    def close(self, grace: float) -> None:
        """End all workers; those that are busy for longer than ``grace`` seconds are ended by force where possible."""
        ...


class ThreadTeam:
    """A thread for each environment. A thread cannot be ended from outside: one that was given up closes its
    environment when its call returns, and nobody hears of it."""

    def __init__(self, makes: Sequence[MakeEnv]) -> None:
        self._makes = list(makes)
        self._answers: queue.SimpleQueue[tuple[int, int, Answer]] = queue.SimpleQueue()
        self._inboxes: list[queue.SimpleQueue[Order | None]] = [queue.SimpleQueue() for _ in makes]
        self._threads: list[threading.Thread] = []
        self._lives = [0] * len(self._makes)  # which thread of a number is the present one
        for index in range(len(self._makes)):
            self._threads.append(self._start(index))

    def send(self, index: int, order: Order) -> None:
        self._inboxes[index].put(order)

    def receive(self, timeout: float | None) -> list[tuple[int, Answer]]:
        found: list[tuple[int, Answer]] = []
        try:
            if timeout is None or timeout > 0:
                self._keep(found, self._answers.get(timeout=timeout))
            while True:
                self._keep(found, self._answers.get_nowait())
        except queue.Empty:
            return found

    def replace(self, index: int) -> None:
        self._inboxes[index].put(None)
        self._lives[index] += 1
        self._inboxes[index] = queue.SimpleQueue()
        self._threads[index] = self._start(index)

    def close(self, grace: float) -> None:
        for inbox in self._inboxes:
            inbox.put(None)
        end = time.monotonic() + grace
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _keep(self, found: list[tuple[int, Answer]], message: tuple[int, int, Answer]) -> None:
        index, life, answer = message
        if life == self._lives[index]:
            found.append((index, answer))

    def _start(self, index: int) -> threading.Thread:
        inbox, life, answers = self._inboxes[index], self._lives[index], self._answers
        arguments = (self._makes[index], inbox.get, lambda answer: answers.put((index, life, answer)))
        thread = threading.Thread(target=serve, args=arguments, name=f"env-{index}", daemon=True)
        thread.start()
        return thread


class ProcessTeam:
    """A process for each environment, started by ``method`` (``"forkserver"`` or ``"spawn"``), ended with this one."""

    def __init__(self, makes: Sequence[MakeEnv], *, method: str) -> None:
        self._makes = [CloudpickleWrapper(make) for make in makes]
        self._context = multiprocessing.get_context(method)
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        self._silent: set[int] = set()  # ended, and said so
        try:
            for index in range(len(self._makes)):
                self._add(index)
        except BaseException:
            self.close(0.0)
            raise

    def send(self, index: int, order: Order) -> None:
        try:
            self._pipes[index].send(order)
        except (BrokenPipeError, ConnectionResetError):
            return  # it is dead: ``receive`` finds that out, and says it

    def receive(self, timeout: float | None) -> list[tuple[int, Answer]]:
        alive = {pipe: index for index, pipe in enumerate(self._pipes) if index not in self._silent}
        ready = wait(list(alive), timeout) if alive else []
        return [(alive[pipe], self._read(alive[pipe])) for pipe in self._pipes if pipe in ready]

    def replace(self, index: int) -> None:
        self._end(index)
        self._silent.discard(index)
        self._add(index)

    def close(self, grace: float) -> None:
        for index, pipe in enumerate(self._pipes):
            if index not in self._silent:
                try:
                    pipe.send(None)
                except OSError:
                    continue  # it is dead already
        end = time.monotonic() + grace
        for process in self._processes:
            process.join(max(0.0, end - time.monotonic()))
        for index in range(len(self._processes)):
            self._end(index)
        self._pipes, self._processes = [], []

    def _add(self, index: int) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(  # type: ignore[attr-defined]  # every context has it
            target=_run, args=(self._makes[index], theirs), name=f"env-{index}", daemon=True
        )
        process.start()
        theirs.close()
        if index < len(self._pipes):
            self._pipes[index], self._processes[index] = ours, process
        else:
            self._pipes.append(ours)
            self._processes.append(process)

    def _end(self, index: int) -> None:
        process = self._processes[index]
        self._pipes[index].close()
        for stop in (process.terminate, process.kill):
            if process.is_alive():
                stop()
                process.join(1.0)
        process.join()

    def _read(self, index: int) -> Answer:
        try:
            answer: Answer = self._pipes[index].recv()
        except (EOFError, OSError):
            self._silent.add(index)
            process = self._processes[index]
            process.join(1.0)
            return Failed(EnvFailed(f"The worker process ended with exit code {process.exitcode}."), dead=True)
        return answer


def _run(make: CloudpickleWrapper, pipe: Connection) -> None:
    """A worker process, until its pipe is closed or says None."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which then ends its workers

    def take() -> Order | None:
        try:
            order: Order | None = pipe.recv()
        except EOFError:  # the parent is gone
            return None
        return order

    def answer(what: Answer) -> None:
        try:
            pipe.send(_portable(what))
        except (BrokenPipeError, ConnectionResetError):
            return  # the parent is gone, and ``take`` will say so
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            text = f"An answer of the environment cannot be sent to another process: {error}"
            pipe.send(Failed(EnvFailed(text)))

    serve(make, take, answer)


def _portable(answer: Answer) -> Answer:
    """The answer with an error that any process can read: not every exception survives pickling."""
    if not isinstance(answer, Failed):
        return answer
    try:
        pickle.loads(pickle.dumps(answer.error))
    except Exception:  # whatever its class does when it is pickled
        return Failed(EnvFailed(f"{type(answer.error).__name__}: {answer.error}"), answer.misuse, answer.dead)
    return answer
