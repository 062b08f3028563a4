"""What each action does on a real page, and what is said when it cannot be done."""

from __future__ import annotations

from collections.abc import Callable

from sge_envs.ui.calls import USAGE
from tests.sge_envs.ui.site import SiteEnv, needs_browser, visit

pytestmark = needs_browser
Visit = Callable[..., SiteEnv]
__all__ = ["visit"]


def play(env: SiteEnv, action: str) -> str:
    """The observation of an action that has to work."""
    text, _, _, _, info = env.step(action)
    assert "action_error" not in info, info["action_error"]
    return text


def refused(env: SiteEnv, action: str) -> str:
    """The sentence with which an action is refused; the page is shown below it."""
    text, reward, terminated, truncated, info = env.step(action)
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert text.startswith(info["action_error"])
    assert "\nPage " in text
    return str(info["action_error"])


def test_a_form_is_filled_in_and_sent(visit: Visit) -> None:
    env = visit("/form")
    text = play(env, 'fill("Name", "Ada"); type("Name", " L."); check("News"); check("Large")')
    assert '"Name" = "Ada L."' in text
    assert '"News" (checked)' in text
    assert '[4] radio "Large" (focused, checked)' in text
    text = play(
        env, 'select("Color", "blue"); fill("Day", "2025-12-31"); fill("Password", "geheim"); check("News", false)'
    )
    assert '"Color" = "Blue"' in text
    assert '"Day" = "2025-12-31"' in text
    assert '"Password" = "••••••"' in text
    assert '"News" (focused)' in text
    assert '= "paper.txt"' in play(env, 'fill("Paper", "paper.txt")')
    assert '"Notes" = "one\\ntwo"' in play(env, 'fill("Notes", "one\\ntwo")')
    assert "name=Ada" in play(env, 'click("Send")').replace("+", " ")
    assert "Page /form" in play(env, "back()")


def test_what_cannot_be_done_is_refused_with_the_reason(visit: Visit) -> None:
    env = visit("/form")
    for action, words in {
        "click(99)": "There is no element 99",
        'click("Sned")': "Did you mean 'Send'",
        'click("S")': "elements show 'S': use a number",
        'click("Never")': "is disabled",
        'fill("Fixed", "x")': "can only be read",
        'fill("Send", "x")': "takes no text",
        'fill("Day", "tomorrow")': "A date is written 2025-12-31",
        'fill("Paper", "none.txt")': "There is no file",
        'select("Color", "Green")': "Not all of 'Green'",
        'select("Name", "Green")': "is no list of options",
        'check("Name")': "is nothing that can be checked",
        'press("Hyper")': "There is no key 'Hyper'",
        "click(5000, 1)": "outside of the window",
        "wait(99999)": "out of range",
        "tab_switch(2)": "There is no tab 2",
        "tab_close()": "This is the only tab",
        "click()": "click is written click(target)",
        "scroll(3)": "scroll is written",
        'check("Large", false)': "unchecked by checking another one",
    }.items():
        assert words in refused(env, action)


def test_hidden_and_covered_elements_are_not_pressed(visit: Visit) -> None:
    env = visit("/hidden")
    env.step('click("Show")')
    assert "is covered by dialog" in refused(env, 'click("Covered")')
    assert "Nothing on this page shows" in refused(visit("/hidden"), 'click("Hidden")')


def test_every_action_says_how_it_is_written(visit: Visit) -> None:
    env = visit("/text")
    for name in USAGE:
        assert f"{name} is written" in refused(env, f"{name}(true, true, true, true)")


def test_a_sequence_stops_where_it_fails(visit: Visit) -> None:
    env = visit("/form")
    text, _, _, _, info = env.step('check("News"); click("Nowhere"); fill("Name", "never")')
    assert "Nowhere" in info["action_error"]
    assert '"News" (focused, checked)' in text
    assert '"Name" = ""' in text


def test_nothing_leads_out_of_the_site(visit: Visit) -> None:
    env = visit("/out")
    for address in (
        "http://example.org",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "chrome://version",
        "//example.org",
        "http://127.0.0.1:1/",
    ):
        assert "leads out of this site" in refused(env, f'goto("{address}")')
        assert "leads out of this site" in refused(env, f'tab_new("{address}")')
    assert "Not followed, it leads out of this site: http://example.org/x" in play(env, 'click("Away")')
    assert "Page /out" in play(env, 'click("File")')
    assert "root:" not in env.step("wait()")[0]


def test_tabs_are_opened_shown_and_closed(visit: Visit) -> None:
    env = visit("/tabs")
    assert "Page /form" in play(env, 'click("New tab")')
    text = play(env, 'tab_switch(1); click("Opened")')
    assert 'Page /list "List", tab 3 of 3' in text
    assert "tab 1 of 2" in play(env, "tab_close(2); tab_switch(1)")
    assert 'Page /thanks "Thanks", tab 3 of 3' in play(env, 'tab_new("/thanks")')
    assert "tab 2 of 2" in play(env, "tab_close()")
    env.reset(seed=0)
    assert ", tab" not in play(env, "wait()").splitlines()[0]


def test_boxes_are_answered_and_told(visit: Visit) -> None:
    env = visit("/boxes")
    assert 'The page said: "Careful"' in play(env, 'click("Alert")')
    text = play(env, 'click("Confirm")')
    assert 'The page said: "Sure?" (answered: OK)' in text
    assert 'button "yes"' in text


def test_a_turn_lasts_until_what_it_began_is_finished(visit: Visit) -> None:
    env = visit("/slow")
    assert "Late" in play(env, 'click("Start")')
    assert "Fetched" in play(env, 'click("Load")')


def test_other_clocks_go_on_by_a_tenth_of_a_second(visit: Visit) -> None:
    env = visit("/slow")
    start = int(env.view.nodes[-1].name)
    assert [int(play(env, "hover(1)").split()[-1]) - start for _ in range(3)] == [1, 2, 3]
    assert int(play(env, "wait(2000)").split()[-1]) - start == 23


def test_keys_pointer_and_clipboard(visit: Visit) -> None:
    env = visit("/keys")
    assert play(env, 'type("In", "abc")').endswith("Point here")
    assert "abc" in env.view.nodes[1].name
    play(env, 'press("Control+A"); press("Control+C"); press("End"); press("Control+V"); press("Backspace")')
    assert env.view.nodes[1].name == "abcab"
    assert "double" in play(env, "double_click(1)")
    assert "Pointed" in play(env, 'hover("Point here")')


def test_a_thing_is_dragged_into_a_bin(visit: Visit) -> None:
    assert "Dropped" in play(visit("/drag"), 'drag("Box", "Bin")')


def test_panes_and_pages_are_scrolled(visit: Visit) -> None:
    env = visit("/scroll")
    assert "scrolled 80 of" in play(env, 'scroll("Top", "down")')
    assert "Scrolled 300 of" in play(env, 'scroll("down", 300)')
    assert "cannot be scrolled left" in refused(env, 'scroll("left")')
    assert "(focused)" in play(env, 'click("Deep")')


def test_done_and_answer_end_the_episode(visit: Visit) -> None:
    assert visit("/").step("done()")[1:3] == (0.0, True)
    assert visit("/").step('answer("yes")')[1:3] == (1.0, True)
    assert visit("/").step('answer("y", "es")')[1:3] == (1.0, True)
