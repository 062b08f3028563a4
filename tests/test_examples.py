"""Every example runs, with tiny settings, and is as short as it says."""

from __future__ import annotations

import ast
import io
import runpy
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from sge_agent.config import load_toml
from tests.sge_envs.ui.site import lacking

EXAMPLES = Path(__file__).parent.parent / "examples"
SERVER = Path(__file__).parent / "sge_agent/policies/misbehaving_server.py"

TINY = """
env = "alfworld"
split = "easy"
tasks = 2
held_out_split = "hard_unseen"
held_out_tasks = 1
model = "embedded:household"
prompts = "compact"
strategy_when = "once"
strategy_tokens = 12
action_tokens = 12
updates = 1
tasks_per_update = 2
group_size = 2
eval_episodes = 1
max_turns = 2
"""


def run(
    name: str, *arguments: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """What the example prints."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return capsys.readouterr().out


def test_every_example_is_run_here() -> None:
    source = Path(__file__).read_text()
    apart = "_base_model.py"  # these take many minutes; they made the models that come with the package
    names = [path.name for path in EXAMPLES.glob("*.py") if not path.name.endswith(apart)]
    assert all(f'"{name}"' in source for name in names)


def code_lines(source: str) -> set[int]:
    """The numbers of the lines that hold code: no blank lines, comments or docstrings."""
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            assert node.end_lineno is not None
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return lines


def class_lines(source: str, name: str) -> int:
    node = next(n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == name)
    assert node.end_lineno is not None
    return len(code_lines(source) & set(range(node.lineno, node.end_lineno + 1)))


def test_a_game_is_played_through_gymnasium_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    printed = run("gym_make.py", folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)
    assert printed.startswith("-= Welcome to TextWorld, ALFRED! =-")
    assert "\n> go to " in printed
    assert printed.endswith("reward 1, success True, outcome won\n")


def test_an_agent_of_ones_own_takes_fifteen_lines_and_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run("own_agent.py", folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)
    assert "  strategy: look in the " in printed
    assert "  action:   go to " in printed
    assert printed.splitlines()[-1] in ("success: True", "success: False")
    assert class_lines((EXAMPLES / "own_agent.py").read_text(), "CarefulAgent") <= 15


def test_an_environment_of_ones_own_takes_fifteen_lines_and_trains_in_twenty_five(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run("own_env.py", "1", folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)
    assert "update 1/1" in printed
    assert "solved before: 0." in printed.splitlines()[-1]
    source = (EXAMPLES / "own_env.py").read_text()
    assert class_lines(source, "Errand") <= 15
    assert len(code_lines(source)) <= 25


def test_tools_of_ones_own_take_thirty_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len((EXAMPLES / "own_tools.py").read_text().splitlines()) <= 30
    printed = run("own_tools.py", folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)
    assert printed.startswith("Give all to Bob.")
    assert printed.endswith("paid\n1.0\n")


def test_training_on_alfworld_takes_a_dozen_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    settings = tmp_path / "tiny.toml"
    settings.write_text(TINY)
    printed = run("train_alfworld.py", str(settings), folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)
    assert "train games, solved before: " in printed
    assert "held_out games, solved before: " in printed
    assert (tmp_path / "runs/sge-alfworld-seed0/metrics.jsonl").exists()
    assert len(code_lines((EXAMPLES / "train_alfworld.py").read_text())) <= 12


def test_a_model_behind_a_server_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}/good/0/example/v1"
        words = ("--url", url, "--model", "tiny", "--max-turns", "2")
        printed = run("play_with_server.py", *words, folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)
        process.terminate()
    assert printed.count("  strategy: look around\n  action:   go north\n") == 2
    assert printed.endswith("success: False\n")


def test_a_model_behind_a_server_writes_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}/good/0/coding/v1"
        words = ("--url", url, "--model", "tiny", "--episodes", "2")
        printed = run("code_agent.py", *words, folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)
        process.terminate()
    assert printed.count("  strategy: look around") == 3  # the last one is a reflection on the second
    assert "1 different outcomes, solved: 0\n" in printed


def test_a_model_behind_a_server_works_with_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}/good/0/tools/v1"
        words = ("--url", url, "--model", "tiny", "--episodes", "4", "--max-turns", "2")
        printed = run("tools_agent.py", *words, folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)
        process.terminate()
    assert printed.count("  strategy: ") == 4
    assert "reflects on a failure" in printed
    assert "1 different outcomes, solved: 0\n" in printed


def test_a_model_behind_a_server_works_on_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if reason := lacking():
        pytest.skip(reason)
    pytest.importorskip("jinja2")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}/good/0/pages/v1"
        words = ("--url", url, "--model", "tiny", "--episodes", "3", "--max-turns", "2")
        printed = run("textui_agent.py", *words, folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)
        process.terminate()
    assert printed.count("  strategy: ") == 3
    assert "1 different outcomes, solved: 0\n" in printed


def test_the_settings_for_a_large_model_are_valid_and_the_papers() -> None:
    config = load_toml(EXAMPLES / "qwen3_4b_lora.toml")
    assert config.strategy_temperature == 1.0
    assert config.action_temperature == config.evaluation_temperature == 0.6
    assert (config.failure_reflection, config.success_reflection, config.memory_size) == (0.25, 0.1, 32)
    assert (config.group_size, config.group_size * config.tasks_per_update, config.epochs) == (16, 512, 1)
    assert config.strategy_tokens + config.action_tokens == 520
    assert (config.clip, config.reflection_credit, config.aggregate) == (0.2, "as_sampled", "token_mean")
    assert (config.dtype, config.lora_rank) == ("bfloat16", 32)


def test_blank_lines_comments_and_docstrings_are_not_counted() -> None:
    source = (
        '"""Say\n\nit."""\n\nimport io  # for\n\n\n# this\ndef f(\n    x,\n):\n    """Do."""\n    return """\n"""\n'
    )
    assert code_lines(source) == {5, 9, 10, 11, 13, 14}
