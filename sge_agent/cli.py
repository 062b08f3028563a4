"""The command ``sge``: train an agent, evaluate a model, report on runs."""

from __future__ import annotations

import contextlib
import errno
import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from sge_agent.config import EnvSettings, TrainConfig, config_from_mapping
from sge_agent.errors import RunError
from sge_agent.jsonlines import write_json_atomically
from sge_agent.options import Parser, add_settings, add_sources, config_from
from sge_agent.settings import SettingError, did_you_mean, settings_of

if TYPE_CHECKING:
    from sge_agent.envs import EnvFactory

COMMANDS = {
    "train": "train an agent; leaves a run folder with settings, metrics, transcripts, a checkpoint and a report",
    "eval": "measure a model, or the checkpoint of a run, without exploration",
    "export": "copy the model of a run to a plain transformers folder",
    "report": "write one HTML page on one or several runs",
}
STOPPED = 130
"""Exit status after Ctrl-C or SIGTERM, as shells have it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status: 0 done, 1 could not be done, 2 wrongly asked, 130 stopped."""
    words = sys.argv[1:] if argv is None else list(argv)
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
    run = {"train": _train, "eval": _eval, "export": _export, "report": _report}[words[0]]
    try:
        with _sigterm_as_ctrl_c():
            return run(words[1:])
    except KeyboardInterrupt:
        return STOPPED
    except SettingError as error:
        return _complain(str(error), status=2)
    except RunError as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(_disk_text(error))


def _train(words: Sequence[str]) -> int:
    parser = Parser(prog="sge train", description=COMMANDS["train"])
    parser.add_argument("--resume", action="store_true", help="go on from the folder's last checkpoint, if it has one")
    parser.add_argument("--overwrite", action="store_true", help="replace the run that the folder holds")
    add_sources(parser)
    add_settings(parser)
    args = parser.parse_strictly(words)
    if args.resume and args.overwrite:
        parser.error("--resume and --overwrite exclude each other")
    config = config_from(args)

    from sge_agent.metrics import ConsoleLogger
    from sge_agent.train import train

    _quieten()
    console = ConsoleLogger(total_updates=config.updates)
    try:
        train(
            config,
            make_env=_env_factories(config),
            existing="resume" if args.resume else "overwrite" if args.overwrite else "refuse",
            loggers=[console],
        )
    except KeyboardInterrupt:
        console.note("stopped; go on with the same command and --resume")
        _write_report([config.folder], config.folder / "report.html")
        return STOPPED
    finally:
        console.close()
    _write_report([config.folder], config.folder / "report.html")
    return 0


def _eval(words: Sequence[str]) -> int:
    parser = Parser(prog="sge eval", description=COMMANDS["eval"])
    parser.add_argument("run", nargs="?", type=Path, help="a run folder: its settings, and its checkpoint as the model")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    add_sources(parser)
    add_settings(parser)
    args = parser.parse_strictly(words)
    config = config_from(args, base=_config_of(args.run) if args.run else None)

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
    out = args.out or (args.runs[0] / "report.html" if len(args.runs) == 1 else Path("report.html"))
    _write_report(args.runs, out)
    return 0


def _write_report(runs: Sequence[Path], out: Path) -> None:
    from sge_agent.report import write_report

    try:
        print(f"report: {write_report(runs, out)}")
    except ValueError as error:
        raise RunError(f"no report could be made: {error}") from error


def _env_factories(config: TrainConfig) -> dict[str, EnvFactory]:
    """Environments by gymnasium id. Their own checker is off: it would look at every text of every step."""
    import gymnasium

    def factory(one: EnvSettings) -> EnvFactory:
        def make() -> Any:
            return gymnasium.make(one.env, disable_env_checker=True, **one.env_options)

        return make

    return {one.name: factory(one) for one in config.envs}


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


def _disk_text(error: OSError) -> str:
    place = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"no space left on the disk{place}: make room, then go on with the same command and --resume"
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
