"""Command-line options made from the settings: name, default and help text all come from ``TrainConfig``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from sge_agent.config import SECTIONS, TrainConfig, load_recipe, load_toml, recipe_names
from sge_agent.settings import Setting, SettingError, did_you_mean, from_mapping, settings_of, shown, value_from_text


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


def add_settings(parser: argparse.ArgumentParser) -> None:
    """One option per setting, under the headings of the sections; those not given leave no trace in the namespace."""
    group: argparse._ArgumentGroup | None = None
    for setting in settings_of(TrainConfig):
        if setting.name in SECTIONS:
            group = parser.add_argument_group(SECTIONS[setting.name])
        assert group is not None, "the first setting opens the first section"
        switch = setting.kind is bool
        group.add_argument(
            setting.flag,
            dest=setting.name,
            default=argparse.SUPPRESS,
            type=_reader(setting),
            nargs="?" if switch else None,
            const=True if switch else None,
            metavar=_metavar(setting),
            help=_help(setting),
        )


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
    given = {s.name: getattr(args, s.name) for s in settings_of(TrainConfig) if s.name in vars(args)}
    return from_mapping(TrainConfig, given, base=base, source="command line")


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
