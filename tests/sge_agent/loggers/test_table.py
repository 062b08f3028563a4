import sys

import pytest

from sge_agent.errors import MissingPackage, RunError
from sge_agent.loggers.table import LOGGERS, load_loggers


def test_nothing_is_imported_that_was_not_asked_for() -> None:
    assert load_loggers(()) == {}


@pytest.mark.parametrize("name", LOGGERS)
def test_a_missing_package_is_told_with_the_command_that_installs_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = "torch.utils.tensorboard" if name == "tensorboard" else name
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, LOGGERS[name].module, raising=False)
    with pytest.raises(MissingPackage) as raised:
        load_loggers([name])
    assert f"pip install 'strategy-guided-exploration[{name}]'" in str(raised.value)
    assert isinstance(raised.value, RunError)
