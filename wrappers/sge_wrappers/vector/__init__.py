"""A vector environment that steps only the environments that are ready."""

from sge_wrappers.vector.arrivals import Arrivals, EnvFailed
from sge_wrappers.vector.ready import ReadyVectorEnv

__all__ = ["Arrivals", "EnvFailed", "ReadyVectorEnv"]
