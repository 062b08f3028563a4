"""A run while it goes on: as a page on this machine, or in the terminal."""

from sge_agent.watch.server import WatchServer
from sge_agent.watch.terminal import watch_in_terminal

__all__ = ["WatchServer", "watch_in_terminal"]
