"""What is read from real pages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sge_envs.ui.env import to_array
from sge_envs.ui.session import PHONE, Screen
from tests.sge_envs.ui.site import SiteEnv, needs_browser, visit

pytestmark = needs_browser
Visit = Callable[..., SiteEnv]
__all__ = ["visit"]


def text_of(env: SiteEnv) -> str:
    return str(env.reset(seed=0)[0])


def test_a_form_is_told_with_roles_names_values_and_states(visit: Visit) -> None:
    text = text_of(visit("/form"))
    for line in (
        'Page /form "Form"',
        "# Sign up",
        '[1] textbox "Name" = "" (required)',
        '[2] checkbox "News"',
        '[3] radio "Small"',
        '[5] combobox "Color" = "Red" options: "Red", "Blue"',
        '[6] textbox "Day" = "" type=date',
        '[7] textbox "Password" = "" type=password',
        '[8] file "Paper" = ""',
        '[9] textbox "Notes" = ""',
        '[10] textbox "Fixed" = "no change" (readonly)',
        '[11] button "Send"',
        '[12] button "Never" (disabled)',
    ):
        assert line in text.splitlines()


def test_rows_are_lines_and_shapes_have_a_place(visit: Visit) -> None:
    assert "| 1 | 2 |" in text_of(visit("/table"))
    lines = text_of(visit("/shapes"))
    assert "circle red at" in lines
    assert "size 20x40" in lines


def test_frames_are_read_and_acted_in(visit: Visit) -> None:
    env = visit("/frame")
    assert 'frame "Inner"' in text_of(env)
    text = env.step('fill("Name", "Ada"); click("News")')[0]
    assert '[1] textbox "Name" = "Ada"' in text
    assert "(focused, checked)" in text


def test_what_cannot_be_seen_is_not_told(visit: Visit) -> None:
    assert "Hidden" not in text_of(visit("/hidden"))


def test_a_long_page_has_parts(visit: Visit) -> None:
    env = visit("/list", part_chars=1000)
    assert "Part 1 of" in text_of(env)
    text, _, _, _, info = env.step("show(2)")
    assert "Part 2 of" in text
    assert "action_error" not in info
    assert len(text) < 1500
    assert "has" in env.step("show(99)")[4]["action_error"]


def test_numbers_stay_when_the_same_page_comes_again(visit: Visit) -> None:
    env = visit("/form")
    before = [line for line in text_of(env).splitlines() if line.startswith("[")]
    env.step('goto("/thanks")')
    after = [line for line in env.step('goto("/form")')[0].splitlines() if line.startswith("[")]
    assert len(after) == len(before)
    again = [line for line in env.step('goto("/form?again")')[0].splitlines() if "button" in line]
    assert [line.split("]")[0] for line in again] == [line.split("]")[0] for line in after if "button" in line]


def test_time_and_chance_are_the_same_in_every_run(visit: Visit) -> None:
    env = visit("/time")
    texts = {text_of(env), text_of(env), text_of(visit("/time"))}
    assert len(texts) == 1
    assert "2025-03-10T10:00:00" in texts.pop()


def test_every_episode_starts_with_empty_storage_and_no_history(visit: Visit) -> None:
    env = visit("/storage")
    assert text_of(env) == text_of(env)
    assert "none" in text_of(env)
    text = env.step("back()")[0]
    assert "Page /storage" in text


def test_pictures_are_given_on_request(visit: Visit) -> None:
    env = SiteEnv("/form", screenshots=True, render_mode="rgb_array", screen=Screen(300, 200))
    try:
        _, info = env.reset(seed=0)
        assert to_array(info["screenshot"]).shape == (200, 300, 3)
        picture = env.render()
        assert picture.shape == (200, 300, 3)
        assert picture.dtype == np.uint8
        changed = env.step('check("News")')[4]["screenshot"]
        assert changed != info["screenshot"]
        assert env.reset(seed=0)[1]["screenshot"] == info["screenshot"]
    finally:
        env.close()


def test_a_phone_taps(visit: Visit) -> None:
    env = visit("/touch", screen=PHONE)
    assert 'button "Tapped"' in env.step('click("Tap")')[0]
    assert 'button "Tap"' in visit("/touch").step('click("Tap")')[0]
