"""The server of ``vllm_server`` in processes that can be killed and started again at once.

Run as a program, it forks a server for each line of its input, which is a port (0: any), and each prints its process and port.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Server:
    pid: int
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Servers:
    """Servers whose model is tiny.model(); use it in a ``with`` block. ``NO_PROXY`` has to name 127.0.0.1."""

    def __enter__(self) -> Servers:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.sge_agent.policies.vllm_servers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self._running: dict[int, Server] = {}
        self._lock = threading.Lock()
        return self

    def __exit__(self, *_: object) -> None:
        for server in list(self._running.values()):
            self.kill(server)
        self._process.kill()
        self._process.communicate()

    def start(self, port: int = 0) -> Server:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(f"{port}\n")
            self._process.stdin.flush()
            server = Server(*map(int, self._process.stdout.readline().split()))
            self._running[server.port] = server
        return server

    def kill(self, server: Server) -> None:
        """Kill -9 what runs on this port; whatever it was sent is lost."""
        running = self._running.pop(server.port, None)
        if running is not None:
            os.kill(running.pid, signal.SIGKILL)

    def outage(self, server: Server, seconds: float) -> threading.Timer:
        """Kill it, and start it again at its old address after so many seconds: when the timer has ended, it is there."""
        self.kill(server)
        back = threading.Timer(seconds, self.start, [server.port])
        back.start()
        return back


def main() -> None:
    import torch

    from tests.sge_agent.policies.vllm_server import serve

    torch.set_num_threads(1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever is killed leaves nothing behind
    for line in sys.stdin:
        if os.fork() == 0:
            threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
            server = serve(int(line))
            print(os.getpid(), server.server_port, flush=True)
            server.serve_forever()


def end_with(parent: int) -> None:
    """End when ``parent`` does, whatever became of it."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    main()
