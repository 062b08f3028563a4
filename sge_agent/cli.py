"""The command ``sge``: train an agent, evaluate a model, look at runs, measure speed."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from sge_agent.config import TrainConfig, config_from_mapping
from sge_agent.errors import RunError
from sge_agent.jsonlines import write_json_atomically
from sge_agent.options import Parser, add_settings, add_sources, config_from
from sge_agent.output import forgiving_output
from sge_agent.settings import SettingError, did_you_mean, settings_of, value_from_text

if TYPE_CHECKING:
    from sge_agent.envs import EnvFactory
    from sge_agent.folder import Existing
    from sge_agent.ranks import Ranks
    from sge_agent.replay import Recorded

COMMANDS = {
    "train": "train an agent; leaves a run folder with settings, metrics, transcripts, a checkpoint and a report",
    "eval": "measure a model, or the checkpoint of a run, without exploration",
    "export": "copy the model of a run to a plain transformers folder",
    "report": "write an HTML page on one or several runs: curves, strategies, episodes",
    "watch": "follow a run while it goes on, on a page of this machine or in the terminal",
    "replay": "play recorded episodes again in their environment and say where they diverge",
    "bench": "measure the speed of everything (in a clone of the project)",
}
STOPPED = 130
"""Exit status after Ctrl-C or SIGTERM, as shells have it."""
NO_READER = 141
"""Exit status after a broken pipe, as shells have it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status: 0 done, 1 could not be done, 2 wrongly asked, 130 stopped, 141 nobody reads."""
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        with _sigterm_as_ctrl_c(), forgiving_output():
            return _run(words)
    except KeyboardInterrupt:
        return STOPPED
    except SettingError as error:
        return _complain(str(error), status=2)
    except RunError as error:
        return _complain(str(error))
    except BrokenPipeError:
        return NO_READER
    except OSError as error:
        return _complain(_disk_text(error, resumes=words[:1] == ["train"]))


def _run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        print(_overview())
        return 0 if words else 2
    if words[0] == "--version":
        print(f"sge {_version()}")
        return 0
    if words[0] not in COMMANDS:
        return _complain(
            f"there is no command {words[0]!r}{did_you_mean(words[0], COMMANDS)} (see sge --help)", status=2
        )
    run = {
        "train": _train,
        "eval": _eval,
        "export": _export,
        "report": _report,
        "watch": _watch,
        "replay": _replay,
        "bench": _bench,
    }[words[0]]
    return run(words[1:])


def _train(words: Sequence[str]) -> int:
    parser = Parser(prog="sge train", usage="sge train [options]", description=COMMANDS["train"])
    parser.add_argument("--resume", action="store_true", help="go on from the folder's last checkpoint, if it has one")
    parser.add_argument("--overwrite", action="store_true", help="replace the run that the folder holds")
    add_sources(parser)
    add_settings(parser)
    args = parser.parse_strictly(words)
    if args.resume and args.overwrite:
        parser.error("--resume and --overwrite exclude each other")
    config = config_from(args)

    from sge_agent.build import check_device
    from sge_agent.ranks import joined

    check_device(config.device)
    _quieten()
    with joined(device=config.device) as ranks:
        return _train_as(ranks, config, "resume" if args.resume else "overwrite" if args.overwrite else "refuse")


def _train_as(ranks: Ranks, config: TrainConfig, existing: Existing) -> int:
    """Train as one of ``ranks``; the first one says how it goes."""
    from sge_agent.loggers.console import ConsoleLogger
    from sge_agent.train import train

    if ranks.rank:
        train(config, make_env=_env_factories(config), existing=existing, ranks=ranks)
        return 0
    console = ConsoleLogger(total_updates=config.updates)
    try:
        train(config, make_env=_env_factories(config), existing=existing, loggers=[console], ranks=ranks)
    except KeyboardInterrupt:
        console.note("stopped; go on with the same command and --resume")
        _write_report([config.folder], config.folder / "report.html")
        return STOPPED
    finally:
        console.close()
    _write_report([config.folder], config.folder / "report.html")
    return 0


def _eval(words: Sequence[str]) -> int:
    parser = Parser(prog="sge eval", usage="sge eval [RUN] [options]", description=COMMANDS["eval"])
    parser.add_argument("run", nargs="?", type=Path, help="a run folder: its settings, and its checkpoint as the model")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    add_sources(parser)
    add_settings(parser)
    args = parser.parse_strictly(words)
    config = config_from(args, base=_config_of(args.run) if args.run else None)
    if args.out is not None:
        _check_place(args.out)

    from sge_agent.measure import evaluate_model, result_text

    _quieten()
    results = evaluate_model(
        config, make_env=_env_factories(config), run=args.run if "model" not in vars(args) else None
    )
    for name, result in results.items():
        print(result_text(name, result))
    if args.out is not None:
        write_json_atomically(args.out, {name: result.to_json() for name, result in results.items()})
    return 0


def _export(words: Sequence[str]) -> int:
    parser = Parser(prog="sge export", description=COMMANDS["export"])
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument("out", type=Path, metavar="DIR", help="the folder to make")
    parser.add_argument(
        "--which", default="best", metavar="best|last|N", help="which checkpoint: N is its update. Default: best."
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the model that DIR holds")
    args = parser.parse_strictly(words)

    from sge_agent.export import export

    update = export(args.run, args.out, which=args.which, overwrite=args.overwrite)
    print(f"model of update {update}: {args.out}")
    return 0


def _report(words: Sequence[str]) -> int:
    parser = Parser(prog="sge report", description=COMMANDS["report"])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="default: report.html in the run's folder, or here for several"
    )
    args = parser.parse_strictly(words)
    if args.out is not None:
        _check_place(args.out)
    out = args.out or (args.runs[0] / "report.html" if len(args.runs) == 1 else Path("report.html"))
    _write_report(args.runs, out)
    return 0


def _replay(words: Sequence[str]) -> int:
    parser = Parser(prog="sge replay", description=COMMANDS["replay"])
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="TRANSCRIPT", help="a run folder, its transcripts, or what :save wrote"
    )
    parser.add_argument("--episode", type=int, metavar="N", help="only this one of each file, counted from 1")
    parser.add_argument("--update", type=int, metavar="N", help="only episodes of this update")
    parser.add_argument("--task", metavar="TEXT", help="only episodes with this text in their task")
    parser.add_argument("--env", metavar="ID", help="the environment, where the file does not say (or another one)")
    parser.add_argument("--env-options", metavar="NAME=VALUE,...", default="", help="arguments for making --env")
    args = parser.parse_strictly(words)

    from sge_agent.replay import Choice, replay_files

    choice = Choice(episode=args.episode, update=args.update, task=args.task)
    return replay_files(args.files, choice, factory_of=_factory_of(args.env, args.env_options))


def _factory_of(env: str | None, env_options: str) -> Callable[[Recorded, Path], EnvFactory]:
    """How the environment of a recorded episode is made: as ``--env`` says, as the file itself does, or its run's settings."""
    (setting,) = (one for one in settings_of(TrainConfig) if one.name == "env_options")
    options = value_from_text(setting, env_options)
    configs: dict[Path, Mapping[str, EnvFactory]] = {}

    def factory(recorded: Recorded, file: Path) -> EnvFactory:
        if env is not None:
            return _MakeEnv(env, options)
        if recorded.env_options is not None:
            return _MakeEnv(recorded.env, recorded.env_options)
        if file.parent not in configs:
            found = (file.parent / "config.json").is_file()
            configs[file.parent] = _env_factories(_config_of(file.parent)) if found else {}
        if recorded.env in configs[file.parent]:
            return configs[file.parent][recorded.env]
        raise RunError(f"{file} does not say how to make the environment {recorded.env!r}: give it with --env")

    return factory


def _bench(words: Sequence[str]) -> int:
    parser = Parser(prog="sge bench", description=COMMANDS["bench"])
    parser.add_argument("--quick", action="store_true", help="small settings: less time, rougher numbers")
    parser.add_argument("--only", action="append", metavar="NAME", help="this benchmark; may be repeated")
    parser.add_argument("--json", metavar="FILE", help="write the rows as JSON, too")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and stop")
    parser.parse_strictly(words)
    root = Path(__file__).resolve().parents[1]
    if not (root / "benchmarks" / "__main__.py").is_file():
        raise RunError(
            "the benchmarks are no part of the installed package: get the project's source, install it with "
            "pip install -e . and run sge bench (or python -m benchmarks) there"
        )
    paths = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    benchmarks = [sys.executable, "-P", "-m", "benchmarks", *words]
    return subprocess.run(benchmarks, env={**os.environ, "PYTHONPATH": paths}, check=False).returncode


def _watch(words: Sequence[str]) -> int:
    parser = Parser(prog="sge watch", description=COMMANDS["watch"])
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder; it may be one that a run is yet to make")
    parser.add_argument("--terminal", action="store_true", help="here, until the run ends; plain lines in a pipe")
    parser.add_argument("--port", type=int, default=0, help="of the page's address; default: any that is free")
    args = parser.parse_strictly(words)
    if args.run.exists() and not args.run.is_dir():
        raise RunError(f"{args.run} is a file: give the folder of a run")
    if not 0 <= args.port < 65536:
        raise SettingError(f"--port must be from 0 to 65535, got {args.port}")

    from sge_agent.watch import WatchServer, watch_in_terminal

    if args.terminal:
        return 0 if watch_in_terminal(args.run) else 1
    with WatchServer(args.run, port=args.port) as server:
        print(f"watching {args.run}: {server.url} (Ctrl-C ends it)", flush=True)
        for state in server.states():
            print(state, flush=True)
    return 0


def _check_place(file: Path) -> None:
    """Raises ``SettingError`` where ``file`` could not be written, before there is anything to write."""
    folder = file.resolve().parent
    if not folder.is_dir():
        raise SettingError(f"--out {file}: there is no folder {folder}")
    if file.is_dir():
        raise SettingError(f"--out {file} is a folder: name a file in it")
    if not os.access(folder, os.W_OK):
        raise SettingError(f"--out {file}: the folder {folder} cannot be written to")


def _write_report(runs: Sequence[Path], out: Path) -> None:
    from sge_agent.report import write_report

    try:
        print(f"report: {write_report(runs, out)}")
    except ValueError as error:
        raise RunError(f"no report could be made: {error}") from error


def _env_factories(config: TrainConfig) -> dict[str, EnvFactory]:
    """The environments of a run, by name."""
    return {one.name: _MakeEnv(one.env, one.env_options) for one in config.envs}


@dataclass(frozen=True, slots=True)
class _MakeEnv:
    """Makes an environment by its gymnasium id, in any process. Gymnasium's own checker is off: it would look at every text of
    every step."""

    env: str
    options: Mapping[str, Any]

    def __call__(self) -> Any:
        import gymnasium

        try:
            return gymnasium.make(self.env, disable_env_checker=True, **self.options)
        except gymnasium.error.UnregisteredEnv as error:
            if ":" in self.env:
                raise
            meant = f"did you mean 'sge_envs:{self.env}'?" if self.env.startswith("SGE-") else "it is named module:Id"
            raise RunError(f"there is no environment {self.env!r}; {meant}") from error


def _config_of(run: Path) -> TrainConfig:
    path = run / "config.json"
    try:
        values: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(f"{run} is no run folder: {path} cannot be read ({error})") from error
    known = {setting.name for setting in settings_of(TrainConfig)}
    return config_from_mapping({name: value for name, value in values.items() if name in known}, source=str(path))


def _version() -> str:
    try:
        return metadata.version("strategy-guided-exploration")
    except metadata.PackageNotFoundError:
        return "(run from its source, not installed)"


def _quieten() -> None:
    """No bars for loading weights: they would stand between our own lines, and in every log file."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  sge {name:<{width}}  {meaning}" for name, meaning in COMMANDS.items()]
    return "\n".join(
        [
            "usage: sge COMMAND [options]",
            "",
            *lines,
            "",
            "sge COMMAND --help shows all options; sge --version the version.",
        ]
    )


def _complain(message: str, *, status: int = 1) -> int:
    print(f"sge: error: {' '.join(message.split())}", file=sys.stderr)
    return status


def _disk_text(error: OSError, *, resumes: bool) -> str:
    place = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        again = "go on with the same command and --resume" if resumes else "try again"
        return f"no space left on the disk{place}: make room, then {again}"
    return f"{error.strerror or error}{place}"


@contextlib.contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """A polite kill ends a run just as Ctrl-C does: files are finished, the exit status says so."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
