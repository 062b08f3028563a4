"""A person at the terminal, through pipes and (once) through a pseudo-terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium
import pytest

from sge_envs import cli
from tests.sge_envs.toy import make_line

make_line().close()  # registers LineTest-v0


class Bare(gymnasium.Env[Any, str]):
    """Somebody else's environment: no oracle, no snapshots, no verdict, and it does not like everything."""

    def __init__(self, number: bool = False) -> None:
        self.observation_space = self.action_space = gymnasium.spaces.Text(100)
        self.number = number

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return 3 if self.number else "Say \x1b[2Jhello.", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        if action == "boom":
            raise ZeroDivisionError("no such word")
        return f"You said {action!r}.", float(action == "hello"), action == "hello", False, {}


if "Bare-v0" not in gymnasium.registry:
    gymnasium.register("Bare-v0", Bare)


class Player:
    """Types lines into ``sge-envs play``; what it showed is returned, what it complained of and its status are kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.complaint, self.status = "", 0

    def __call__(self, *lines: str, words: tuple[str, ...] = ("LineTest-v0", "--seed", "5", "--split", "test")) -> str:
        self._monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        self.status = cli.main(["play", *words])
        shown, self.complaint = self._capsys.readouterr()
        return shown


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Player:
    return Player(monkeypatch, capsys)


def test_actions_are_played_and_the_verdict_is_told_in_words(play: Player) -> None:
    shown = play("right", "leap", *["right"] * 10)
    assert "> right\nYou are at 1.\n" in shown
    assert "There is no action 'leap'" in shown
    assert shown.count("left, right and roll exist") == 1  # the observation says it already
    assert "Reward 1." in shown
    assert "Solved in" in shown
    assert "Feedback: You are there." in shown
    assert "\x1b" not in shown
    assert "The episode is over: :undo goes back into it" in shown


def test_an_episode_without_success_says_how_far_it_came(play: Player) -> None:
    shown = play(*["left"] * 3, words=("LineTest-v0", "--seed", "5", "--option", "max_turns=3"))
    assert "Not solved after 3 turns, out of turns: 0 % of what was asked, reward 0." in shown
    assert "Outcome: at -3" in shown


def test_the_hint_wins(play: Player) -> None:
    assert play(":hint").endswith("> :hint\nright\n")


def test_undo_takes_back_several_turns_also_behind_the_end(play: Player) -> None:
    shown = play("right", "roll", ":undo", "roll", ":undo 2", "right", ":undo 99", ":undo", ":undo x", ":undo 0")
    rolls = [line for line in shown.splitlines() if line.startswith("A die")]
    assert len(rolls) == 2
    assert rolls[0] == rolls[1]  # its chances come back, too
    assert "Undone: 2. Turn 0." in shown
    assert "There is nothing to undo" in shown
    assert "Expected a number of turns, at least 1, after :undo, got 'x'." in shown
    assert "after :undo, got '0'." in shown
    over = play("left", "left", ":undo 1", "right", words=("LineTest-v0", "--seed", "5", "--option", "max_turns=2"))
    assert over.count("Not solved after 2 turns") == 2


def test_actions_info_help_and_restart_say_where_one_is(play: Player) -> None:
    shown = play(":actions", ":actions l", ":actions zzz", "right", ":info", ":help", ":restart", ":quit", "right")
    assert "  left\n  right\n  roll\n" in shown
    assert "No legal action has 'zzz' in it" in shown
    assert "  state_key: 1\n" in shown
    assert "  admissible_actions: 3 (:actions lists them)" in shown
    assert ":save" in shown
    assert shown.count("You are at 0.") == 2
    assert shown.endswith("> :quit\n")


def test_several_lines_are_one_action_and_colons_can_be_sent(play: Player) -> None:
    shown = play("<<<", "right", "left", ">>>", "::quit", "", "<<<", "lost")
    assert "There is no action 'right\\nleft'" in shown
    assert "There is no action ':quit'" in shown
    assert "The answer was not sent: >>> is missing after it." in shown


def test_a_file_is_sent_as_one_action(play: Player, tmp_path: Path) -> None:
    (tmp_path / "answer.txt").write_text("right", encoding="utf-8")
    shown = play(f":file {tmp_path / 'answer.txt'}", ":file", f":file {tmp_path / 'none'}")
    assert "You are at 1." in shown
    assert shown.count("cannot be read") == 1
    assert "Expected a file after :file" in shown


class Interrupted(io.StringIO):
    """A terminal at which Ctrl-C is pressed instead of the line ^C."""

    def readline(self, size: int | None = -1, /) -> str:
        line = super().readline()
        if line == "^C\n":
            raise KeyboardInterrupt
        return line


def test_ctrl_c_leaves_an_answer_of_several_lines_and_not_the_game(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Interrupted("right\n<<<\nleft\n^C\n^C\nright\n"))
    assert cli.main(["play", "LineTest-v0", "--seed", "5"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("(:quit leaves)") == 2
    assert "You are at 2." in shown


def test_the_oracles_action_can_be_played_and_words_of_other_programs_are_explained(play: Player) -> None:
    shown = play(":do", "quit", "help", "left")
    assert "> :do\nright\nYou are at 1.\n" in shown
    assert "There is no action 'quit'" in shown
    assert "(:quit leaves)\n> help" in shown
    assert "(:help lists the commands)\n> left" in shown


def test_what_is_saved_can_be_played_again(play: Player, tmp_path: Path) -> None:
    file = tmp_path / "game.jsonl"
    shown = play("right", "roll", ":undo", "left", f":save {file}", f":save {file}", ":save", f":save {tmp_path}/no/x")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [row.get("action") for row in rows] == [None, "right", "left"]
    assert rows[0]["env"] == "LineTest-v0"
    assert (rows[0]["seed"], rows[0]["options"]) == (5, {"split": "test"})
    assert rows[2]["observation"] == "You are at 0."
    assert shown.count("Saved 2 turns") == 2  # its own file is written again
    assert "Expected a file after :save" in shown
    assert "It cannot be written" in shown
    assert "is there already: choose another name" in play(f":save {file}")


def test_an_own_id_is_saved_with_its_module(play: Player, tmp_path: Path) -> None:
    words = ("SGE-ALFWorld-v0", "--seed", "0", "--option", "source=generated", "--option", "size=small")
    play("look", f":save {tmp_path / 'x.jsonl'}", words=words)
    first = json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["env"] == "sge_envs:SGE-ALFWorld-v0"
    assert first["env_options"] == {"source": "generated", "size": "small"}


def test_somebody_elses_env_says_kindly_what_it_lacks_and_its_errors_end_nothing(play: Player) -> None:
    shown = play(":hint", ":actions", "boom", "well", ":undo", "hello", words=("Bare-v0",))
    assert "no oracle to ask" in shown
    assert "cannot be listed here: any text is an action" in shown
    assert "The environment raised ZeroDivisionError: no such word" in shown
    assert "takes no snapshots, so nothing can be undone" in shown
    assert "The episode ended by its own rules after 2 turns, reward 1 in all." in shown
    assert "\x1b" not in shown  # what an environment says cannot play tricks on a terminal


def test_unknown_commands_are_named_with_the_nearest(play: Player) -> None:
    assert "There is no command :undoo. Did you mean ':undo'?" in play(":undoo")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("SGE-ALFWrld-v0",), "Did you mean 'SGE-ALFWorld-v0'?"),
        (("no_such_module_here:X-v0",), "There is no environment"),
        (("LineTest-v0", "--option", "speed=3"), "LineTest-v0 has no option 'speed'."),
        (("LineTest-v0", "--option", "max_turn=3"), "Did you mean 'max_turns'?"),
        (("LineTest-v0", "--option", "speed"), "--option expects name=value, got 'speed'"),
        (("LineTest-v0", "--split", "tset"), "Did you mean 'test'?"),
        (("LineTest-v0", "--task", "train/x"), "There is no task"),
        (("LineTest-v0", "--seed", "-1"), "--seed of at least 0"),
    ],
)
def test_wrong_words_are_one_clear_line(play: Player, words: tuple[str, ...], complaint: str) -> None:
    assert play(words=words) == ""
    assert play.status == 2
    assert complaint in play.complaint
    assert play.complaint.count("\n") == 1


def test_an_env_that_speaks_no_text_cannot_be_played(play: Player) -> None:
    play(words=("Bare-v0", "--option", "number=true"))
    assert play.status == 1
    assert "is no text environment" in play.complaint


def test_one_turn_is_no_turns(play: Player, tmp_path: Path) -> None:
    assert "Saved 1 turn in" in play("right", f":save {tmp_path / 'game.jsonl'}")


def test_without_a_seed_any_episode_is_played_and_its_seed_told(play: Player) -> None:
    first = play(words=("LineTest-v0",)).splitlines()[0]
    seed = first.partition("seed ")[2].partition(".")[0]
    assert play(words=("LineTest-v0", "--seed", seed)).splitlines()[0] == first


def test_on_a_terminal_there_are_colours_and_tab_completes_whole_actions() -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "sge_envs.cli", "play", "SGE-ALFWorld-v0", "--seed", "3"]
    options = ["--option", "source=generated", "--option", "size=small"]
    variables = {**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm"}
    with subprocess.Popen([*words, *options], stdin=theirs, stdout=theirs, stderr=theirs, env=variables) as process:
        os.close(theirs)
        seen = read_until(ours, b"\n> ")
        os.write(ours, b"inv\t\n")
        seen += read_until(ours, b"You are not carrying anything.")
        os.write(ours, b":quit\n")
        process.wait()
    os.close(ours)
    assert b"\x1b[2m" in seen
    assert b"inventory" in seen


def read_until(terminal: int, wanted: bytes) -> bytes:
    seen = b""
    while wanted not in seen:
        try:
            seen += os.read(terminal, 4096)
        except OSError as error:  # how the end of a pseudo-terminal shows
            raise AssertionError(f"ended before {wanted!r}: {seen!r}") from error
    return seen
