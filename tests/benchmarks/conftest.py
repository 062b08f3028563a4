"""What tests of benchmarks share with those of the agent."""

from tests.sge_agent.conftest import browser

__all__ = ["browser"]
