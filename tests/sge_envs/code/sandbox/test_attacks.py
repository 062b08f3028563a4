"""Every attack is contained in every tier; and it is an attack, for without a sandbox it gets through."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sge_envs.code.sandbox import Answer, Call, Sandbox
from sge_envs.code.sandbox.tiers import open_tier
from tests.sge_envs.code.sandbox.attacks import ATTACKS, LIMITS, Attack, was_contained
from tests.sge_envs.code.sandbox.forgeries import FORGERIES, HONEST, REQUESTS, RIGHT_BY_HAND, deserves_credit
from tests.sge_envs.code.sandbox.outside import Outside, outside

BARE = [attack for attack in ATTACKS if attack.bare]


@pytest.fixture(scope="module")
def around() -> Iterator[Outside]:
    with outside() as made:
        yield made


@pytest.fixture(scope="module")
def nothing() -> Iterator[Sandbox]:
    made = open_tier("nothing")
    yield made
    made.close()


def attempt(sandbox: Sandbox, attack: Attack, around: Outside) -> Answer:
    if "libc.syscall" in attack.body and platform.machine() != "x86_64":
        pytest.skip("the numbers of its system calls are those of x86_64")
    limits = replace(LIMITS, wall_seconds=attack.seconds)
    return sandbox.run(attack.program(around.head()), requests=[Call("attack")], limits=limits).answers[0]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_contained(sandbox: Sandbox, attack: Attack, around: Outside) -> None:
    answer = attempt(sandbox, attack, around)
    assert was_contained(attack, answer), answer
    assert not around.notice()


@pytest.mark.parametrize("attack", BARE, ids=lambda attack: attack.name)
def test_an_attack_gets_through_where_nothing_contains_it(nothing: Sandbox, attack: Attack, around: Outside) -> None:
    answer = attempt(nothing, attack, around)
    around.notice()
    if answer.status == "exception" and answer.detail.startswith(("PermissionError", "OSError")):
        pytest.skip(f"this machine refuses it anyway: {answer.detail}")
    assert answer.status == "value", answer


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_earns_nothing(sandbox: Sandbox, name: str) -> None:
    limits = replace(LIMITS, wall_seconds=5.0)
    assert not deserves_credit(sandbox.run(FORGERIES[name], requests=REQUESTS, limits=limits).answers)


@pytest.mark.parametrize("program", [HONEST, RIGHT_BY_HAND], ids=["honest", "by hand"])
def test_right_answers_earn_their_credit(sandbox: Sandbox, program: str) -> None:
    assert deserves_credit(sandbox.run(program, requests=REQUESTS, limits=LIMITS).answers)


def test_there_are_attacks_enough() -> None:
    assert len(ATTACKS) >= 45
    assert len(FORGERIES) >= 16


def test_there_are_attacks_of_every_kind() -> None:
    groups = {attack.group for attack in ATTACKS}
    kinds = "processes memory disk files environment network signals ptrace /proc links daemons descriptors terminals namespaces"
    assert set(kinds.split()) <= groups
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
