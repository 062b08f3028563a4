from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from sge_agent.config import SECTIONS, TrainConfig, load_recipe, load_toml, recipe_names
from sge_agent.settings import SettingError, from_mapping, settings_of, shown, value_from_text


@dataclass(frozen=True)
class Some:
    colour: Literal["red", "green"] = "red"
    """Which colour."""
    sizes: tuple[int, ...] = (1, 2)
    """Which
    sizes."""
    limit: float | None = None
    """Where to stop."""
    loud: bool = False
    """Say it loudly."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More."""


SETTINGS = {setting.name: setting for setting in settings_of(Some)}


def test_every_setting_of_a_run_says_what_it_means_and_has_a_default() -> None:
    settings = settings_of(TrainConfig)
    assert len(settings) > 40
    assert all(setting.meaning.endswith(".") for setting in settings)
    assert set(SECTIONS) <= {setting.name for setting in settings}


def test_meanings_are_the_strings_under_the_fields_on_one_line() -> None:
    assert SETTINGS["sizes"].meaning == "Which sizes."


def test_a_dataclass_that_extends_another_has_the_settings_of_both() -> None:
    @dataclass
    class Base:
        pace: float = 1.0
        """How fast."""

    @dataclass
    class More(Base):
        depth: int = 2
        """How deep."""

    assert [(s.name, s.meaning) for s in settings_of(More)] == [("pace", "How fast."), ("depth", "How deep.")]


def test_a_field_without_a_string_is_refused() -> None:
    @dataclass
    class Silent:
        size: int = 1

    with pytest.raises(TypeError, match=r"Silent\.size has no string under it"):
        settings_of(Silent)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("colour", "green", "green"),
        ("sizes", "4,16", (4, 16)),
        ("limit", "0.5", 0.5),
        ("limit", "none", None),
        ("loud", "true", True),
        ("extra", "a=1,b=x,c=true", {"a": 1, "b": "x", "c": True}),
    ],
)
def test_values_are_read_from_words_and_shown_as_words_again(name: str, text: str, value: Any) -> None:
    assert value_from_text(SETTINGS[name], text) == value
    assert shown(value).lower() == text


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("colour", "gren", "--colour expects red or green, got 'gren'; did you mean 'green'?"),
        ("sizes", "1,two", "--sizes expects a whole number, got 'two'"),
        ("limit", "far", "--limit expects a number, got 'far'"),
        ("loud", "yes", "--loud expects true or false, got 'yes'"),
        ("extra", "a", "--extra expects name=value, got 'a'"),
    ],
)
def test_a_wrong_word_is_named_with_what_was_expected(name: str, text: str, complaint: str) -> None:
    with pytest.raises(SettingError) as caught:
        value_from_text(SETTINGS[name], text)
    assert str(caught.value) == complaint


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(SettingError, match=r"file x: there is no setting 'color'; did you mean 'colour'\?"):
        from_mapping(Some, {"color": "red"}, source="file x")


@pytest.mark.parametrize("value", ["1", True, None])
def test_a_value_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(SettingError, match="--updates expects a whole number"):
        from_mapping(TrainConfig, {"updates": value})


def test_a_toml_file_goes_over_what_was_there(tmp_path: Any) -> None:
    path = tmp_path / "run.toml"
    path.write_text("updates = 3\nlearning-rate = 1\npass_k = [2]\n[env_options]\nmax_turns = 9\n")
    config = load_toml(path, base=TrainConfig(seed=4))
    assert (config.updates, config.learning_rate, config.pass_k, config.seed) == (3, 1.0, (2,), 4)
    assert config.env_options == {"max_turns": 9}


@pytest.mark.parametrize(
    ("text", "complaint"), [("a = ", "no valid TOML"), ("updates = 0", "updates must be 1 or more, got 0")]
)
def test_a_wrong_toml_file_is_one_sentence(tmp_path: Any, text: str, complaint: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(SettingError, match=complaint):
        load_toml(path)
    with pytest.raises(SettingError, match="cannot read"):
        load_toml(tmp_path / "missing.toml")


def test_the_recipes_of_the_package_load() -> None:
    assert "household" in recipe_names()
    assert all(load_recipe(name).env for name in recipe_names())
    with pytest.raises(SettingError, match="did you mean 'household'"):
        load_recipe("houshold")


@pytest.mark.parametrize(("env", "name"), [("sge_envs:SGE-ALFWorld-v0", "alfworld-v0"), ("my_envs:Room-v1", "room-v1")])
def test_a_run_without_a_folder_is_named_by_method_environment_and_seed(env: str, name: str) -> None:
    assert str(TrainConfig(env=env, seed=2).folder) == f"runs/sge-{name}-seed2"
