"""Methods that are not in the table: as objects, and by module:Class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sge_agent.build import make_exploration
from sge_agent.config import TrainConfig, config_from_mapping
from sge_agent.exploration.base import Chain
from sge_agent.exploration.table import parts_of
from sge_agent.options import Parser, add_settings, add_sources, config_from
from sge_agent.settings import SettingError
from tests.sge_agent.exploration.own import CountsUp, Plain
from tests.sge_agent.small_runs import metrics, run

OWN = "tests.sge_agent.exploration.own:CountsUp"


def test_a_run_takes_an_object_or_a_name_with_settings(tmp_path: Path) -> None:
    small: dict[str, Any] = {"updates": 1, "eval_episodes": 0, "eval_every": 0, "held_out_tasks": 0}
    run(tmp_path / "object", exploration=CountsUp(3), **small)
    run(tmp_path / "name", explore=f"sge+{OWN}", method_settings={"counts_up_number": 4}, **small)
    assert [metrics(tmp_path / which)[0]["counts_up/number"] for which in ("object", "name")] == [3, 4]


def test_alone_it_stands_behind_grpo_and_a_class_without_settings_will_do() -> None:
    assert parts_of(OWN) == ("grpo", OWN)
    assert parts_of(f"{OWN}+kl") == ("grpo", OWN, "kl")
    method = make_exploration(TrainConfig(explore="tests.sge_agent.exploration.own:Plain"))
    assert isinstance(method, Chain)
    assert isinstance(method.methods[1], Plain)


def test_its_settings_are_read_from_files_and_from_the_command_line() -> None:
    config = config_from_mapping({"explore": OWN, "counts_up_number": 5}, source="file")
    assert config.method_settings == {"counts_up_number": 5}
    parser = Parser()
    add_sources(parser)
    add_settings(parser)
    config = config_from(parser.parse_strictly(["--explore", OWN, "--method-settings", "counts_up_number=6"]))
    method = make_exploration(config)
    assert isinstance(method, Chain)
    assert isinstance(method.methods[1], CountsUp)
    assert method.methods[1].number == 6
    assert ":" not in str(config.folder)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"explore": "grpo+no.such.module:Mine"}, "No module named 'no'; is the module's folder in PYTHONPATH"),
        ({"explore": "grpo+:Mine"}, "Empty module name"),
        ({"explore": f"grpo+{OWN}s"}, "no class 'CountsUps' derived from Exploration; did you mean 'CountsUp'"),
        ({"explore": "grpo+pathlib:Path"}, "no class 'Path' derived from Exploration"),
        ({"explore": OWN, "method_settings": {"counts_up_numer": 1}}, "did you mean 'counts_up_number'"),
        ({"explore": OWN, "counts_up_number": "many"}, "expects a whole number, got 'many'"),
        ({"explore": OWN, "counts_up_number": -1}, "number must be 0 or more"),
        ({"explore": f"grpo+{OWN}+{OWN}"}, "twice"),
    ],
)
def test_what_is_wrong_with_it_is_one_sentence(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        config_from_mapping(values, source="file")
