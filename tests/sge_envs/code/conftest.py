import pytest

from sge_envs.code.sandbox import NoSandbox, Sandbox, get_sandbox


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    """The sandbox of this machine; tests that need one are skipped where none works."""
    try:
        return get_sandbox()
    except NoSandbox as why:
        pytest.skip(str(why))
