"""What is taken from PettingZoo itself, and what is said where it is missing."""

from __future__ import annotations

from sge_envs import MissingExtra

try:
    from pettingzoo import AECEnv, ParallelEnv
except ImportError as error:
    raise MissingExtra.of("pettingzoo", package="pettingzoo", purpose="Playing with several agents") from error

__all__ = ["AECEnv", "ParallelEnv"]
