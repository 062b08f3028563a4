"""Pages that are gone are let go of."""

from __future__ import annotations

from collections.abc import Callable

from tests.sge_envs.ui.site import SiteEnv, needs_browser, visit

pytestmark = needs_browser
__all__ = ["visit"]


def test_pages_that_are_gone_do_not_pile_up(visit: Callable[..., SiteEnv]) -> None:
    env = visit("/list")
    env.reset(seed=0)
    session = env._session
    assert session is not None

    async def documents() -> int:
        devtools = await session._context.new_cdp_session(session.tab.page)
        found = await devtools.send("Memory.getDOMCounters")
        await devtools.detach()
        return int(found["documents"])

    for number in range(40):
        env.step('goto("/form")' if number % 2 else 'goto("/list")')
    assert session.host.run(documents()) <= 2 * 8 + 2
