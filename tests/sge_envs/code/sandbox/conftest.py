"""Fixtures: a sandbox of each tier that this machine has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sge_envs.code.sandbox import NoSandbox, Sandbox, get_sandbox
from sge_envs.code.sandbox.tiers import KINDS, open_tier


@pytest.fixture(scope="package", params=[kind.name for kind in KINDS])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One of every tier in turn, started once for all tests."""
    try:
        made = open_tier(request.param)
    except NoSandbox as error:
        pytest.skip(str(error))
    yield made
    made.close()


@pytest.fixture(scope="package")
def best() -> Sandbox:
    """The sandbox of this process."""
    try:
        return get_sandbox()
    except NoSandbox as error:
        pytest.skip(str(error))
