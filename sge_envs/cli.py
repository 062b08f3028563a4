"""The command ``sge-envs``: what there is, and what of it works on this machine."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gymnasium

from sge_envs import __version__
from sge_envs.command_line import WRONG_WORDS, Parser, guarded
from sge_envs.errors import SGEError, UnknownOption, install
from sge_envs.play import arguments as play_arguments
from sge_envs.play import play
from sge_envs.registration import TABLE, Entry, Needs
from sge_envs.ui.people import arguments as serve_arguments
from sge_envs.ui.people import serve


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 all is well, 1 it is not, 2 wrongly asked, 130 stopped, 141 nobody reads the output."""
    words = sys.argv[1:] if argv is None else list(argv)
    return guarded(lambda: _run(words), name="sge-envs")


def _run(words: Sequence[str]) -> int:
    parser = Parser(prog="sge-envs", description="Text environments for gymnasium.")
    parser.add_argument("--version", action="version", version=f"sge-envs {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    parsers: dict[str, Parser] = {}
    for command in COMMANDS:
        one = parsers[command.name] = commands.add_parser(
            command.name, help=command.summary, description=command.summary
        )
        command.arguments(one)
        one.set_defaults(run=command.run)
    if not words:
        parser.print_help()
        return WRONG_WORDS
    if not words[0].startswith("-"):
        parser.demand(words[0], parsers)
    chosen, rest = parser.parse_known_args(words)
    if rest:
        parsers[chosen.command].refuse(rest[0])
    run: Callable[[argparse.Namespace], int] = chosen.run
    return run(chosen)


@dataclass(frozen=True, slots=True)
class Command:
    """One word of the command line: what it does, and the arguments it takes."""

    name: str
    summary: str
    run: Callable[[argparse.Namespace], int]
    arguments: Callable[[argparse.ArgumentParser], None] = lambda parser: None


def list_envs(args: argparse.Namespace) -> int:
    """One line for each environment."""
    width = max(len(entry.id) for entry in TABLE)
    for entry in TABLE:
        extra = f" [extra: {entry.needs.extra}]" if entry.needs else ""
        print(f"{entry.id:{width}}  {entry.summary}{extra}")
    print(f"\nMake one: gymnasium.make('sge_envs:{TABLE[0].id}')")
    return 0


def doctor(args: argparse.Namespace) -> int:
    """Try every environment; 1 if one that has all it needs does not work."""
    print(f"sge-envs {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    return max(examine(entry) for entry in TABLE)


def examine(entry: Entry) -> int:
    """Say how one environment does, and the one command that mends or completes it."""
    if entry.needs and (lacking := missing(entry.needs)):
        print(f"{entry.id}: not installed, {entry.needs.purpose} needs {lacking}")
        print(f"  install it: {install(entry.needs.extra)}")
        return 0
    status = 0
    try:
        env = gymnasium.make(entry.id)
        try:
            env.reset(seed=0)
        finally:
            env.close()
        print(f"{entry.id}: works")
    except Exception as error:  # a doctor reports every illness instead of catching it
        print(f"{entry.id}: DOES NOT WORK, {type(error).__name__}: {error}")
        status = 1
    for part in entry.optional:
        if lacking := missing(part):
            print(f"  without {part.purpose} (needs {lacking})")
            print(f"  install it: {install(part.extra)}")
        else:
            print(f"  with {part.purpose}")
    for line in details(entry):
        print(f"  {line}")
    return status


def details(entry: Entry) -> Sequence[str]:
    """What else there is to say about an environment."""
    if not entry.details:
        return ()
    module, _, function = entry.details.partition(":")
    describe: Callable[[], Sequence[str]] = vars(importlib.import_module(module))[function]
    return describe()


def missing(needs: Needs) -> str:
    """Names of the packages that cannot be imported, with commas."""
    return ", ".join(package for package in needs.packages if importlib.util.find_spec(package) is None)


def export(args: argparse.Namespace) -> int:
    """Write generated household games in ALFWorld's own format, for the original engine and whatever reads its files."""
    from sge_envs.alfworld.export import export_generated

    if args.number < 1:
        raise UnknownOption(f"Expected --number of at least 1, got {args.number}.")
    try:
        written = export_generated(args.folder, split=args.split, number=args.number, size=args.size)
    except OSError as error:
        raise SGEError(
            f"The games cannot be written to {args.folder} ({error}): free the disk, or name another folder."
        ) from error
    print(f"wrote {len(written)} games below {args.folder}: set ALFWORLD_DATA={args.folder} to play them")
    return 0


def export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", help="where to write; the games go below FOLDER/json_2.1.1/SPLIT")
    parser.add_argument("--split", default="train", help="which games (default: train)")
    parser.add_argument("--number", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--size", default="real", help="small, real, large or mixed (default: real)")


def mcp(args: argparse.Namespace) -> int:
    """Serve one task of the tool environment to an MCP client."""
    from sge_envs.tools.mcp.server import serve

    return serve(args)


def mcp_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", default="train", help="split that the task is drawn from (default: train)")
    parser.add_argument("--seed", type=int, help="which task is drawn")
    parser.add_argument("--task", metavar="ID", help="this task, such as train/mail.birthday/0")
    parser.add_argument("--http", action="store_true", help="serve over HTTP on 127.0.0.1 instead of standard input")
    parser.add_argument("--port", type=int, default=0, help="port for --http (default: a free one)")
    parser.add_argument("--token", help="bearer token for --http (default: $SGE_MCP_TOKEN, else a random one, printed)")


COMMANDS = (
    Command("list", "list the environments", list_envs),
    Command("play", "play any text environment yourself, in the terminal", play, play_arguments),
    Command("serve", "do a task of SGE-TextUI-v0 yourself, in your own browser", serve, serve_arguments),
    Command("doctor", "say what works on this machine, and how to install the rest", doctor),
    Command("mcp", "serve one task of SGE-ToolAPI-v0 to an MCP client, over stdio or HTTP", mcp, mcp_arguments),
    Command("export", "write generated household games in ALFWorld's own format", export, export_arguments),
)

if __name__ == "__main__":
    sys.exit(main())
