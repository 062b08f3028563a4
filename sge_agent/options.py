"""Command-line options made from the settings: name, default and help text all come from ``TrainConfig``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from sge_agent.config import SECTIONS, TrainConfig, config_from_mapping, load_recipe, load_toml, recipe_names
from sge_agent.exploration.table import METHODS, settings_of_methods
from sge_agent.settings import Setting, SettingError, did_you_mean, settings_of, shown, value_from_text


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line, and who knows what was meant."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")

    def parse_strictly(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse, and name the nearest option for one that does not exist."""
        found, rest = self.parse_known_args(words)
        if rest:
            known = [flag for action in self._actions for flag in action.option_strings]
            name = rest[0].partition("=")[0]
            self.error(
                f"there is no option {name!r}{did_you_mean(name, known)}" if name[:1] == "-" else f"what is {name!r}?"
            )
        return found


MOST_USED = (
    "env",
    "model",
    "device",
    "explore",
    "updates",
    "tasks",
    "tasks_per_update",
    "group_size",
    "run_dir",
    "seed",
)
"""The settings that come first in the help."""


def add_settings(parser: argparse.ArgumentParser) -> None:
    """One option per setting, those used most first, the others under the headings of the sections; those not given leave no
    trace in the namespace.
    """
    known = {setting.name: setting for setting in settings_of(TrainConfig)}
    group = parser.add_argument_group("Most used")
    for used in MOST_USED:
        _add(group, known[used])
    for setting in known.values():
        if setting.name in SECTIONS:
            group = parser.add_argument_group(SECTIONS[setting.name])
        if setting.name not in MOST_USED:
            _add(group, setting)
    for name, settings in settings_of_methods().items():
        group = parser.add_argument_group(f"Exploration: {name}", _first_sentence(METHODS[name]))
        for setting in settings:
            _add(group, setting)


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Where settings come from before the command line has its say."""
    group = parser.add_argument_group("Settings", "The command line goes over --config, and --config over --recipe.")
    group.add_argument(
        "--recipe", metavar="NAME", help=f"settings that come with this package: {', '.join(recipe_names())}"
    )
    group.add_argument("--config", metavar="FILE", type=Path, help="settings in a TOML file, named as below")


def config_from(args: argparse.Namespace, *, base: TrainConfig | None = None) -> TrainConfig:
    """The settings that a command line describes, over ``base``. Raises ``SettingError``."""
    if args.recipe is not None:
        base = load_recipe(args.recipe)
    if args.config is not None:
        base = load_toml(args.config, base=base)
    of_methods = {s.name: name for name, own in settings_of_methods().items() for s in own}
    given = {
        name: value
        for name, value in vars(args).items()
        if name in of_methods or name in {s.name for s in settings_of(TrainConfig)}
    }
    if "env" in given:
        given["env"], *others = given["env"]
        given.setdefault("further_envs", tuple({"env": other} for other in others))
    config = config_from_mapping(given, base=base, source="command line")
    for name in given.keys() & of_methods.keys():
        if of_methods[name] not in config.methods:
            method = of_methods[name]
            raise SettingError(
                f"--{name.replace('_', '-')} has no effect: {config.explore} has no {method}; "
                f"use --explore {config.explore}+{method}"
            )
    return config


def _add(group: argparse._ArgumentGroup, setting: Setting) -> None:
    switch = setting.kind is bool
    group.add_argument(
        setting.flag,
        dest=setting.name,
        action="append" if setting.name == "env" else "store",
        default=argparse.SUPPRESS,
        type=_reader(setting),
        nargs="?" if switch else None,
        const=True if switch else None,
        metavar=_metavar(setting),
        help=_help(setting),
    )


def _first_sentence(cls: type) -> str:
    return " ".join((cls.__doc__ or "").split("\n\n")[0].replace("``", "").split())


def _reader(setting: Setting) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return value_from_text(setting, text)
        except SettingError as error:
            raise argparse.ArgumentTypeError(str(error).removeprefix(f"{setting.flag} ")) from None

    return read


def _metavar(setting: Setting) -> str:
    if setting.kind is bool:
        return "true|false"
    return "|".join(setting.choices) or setting.name.rpartition("_")[2].upper()


def _help(setting: Setting) -> str:
    default = shown(setting.default)
    return f"{setting.meaning} Default: {default or 'empty'}.".replace("%", "%%")
