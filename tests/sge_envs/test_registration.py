"""The table of ids."""

from __future__ import annotations

import warnings

import gymnasium

import sge_envs
from sge_envs.registration import TABLE, register_all


def test_every_id_is_registered_by_name_without_a_time_limit() -> None:
    for entry in TABLE:
        spec = gymnasium.spec(entry.id)
        assert spec.entry_point == entry.entry_point
        assert spec.max_episode_steps is None


def test_registering_again_changes_nothing_and_warns_of_nothing() -> None:
    before = dict(gymnasium.registry)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register_all()
    assert dict(gymnasium.registry) == before


def test_every_public_name_exists() -> None:
    assert all(name in vars(sge_envs) for name in sge_envs.__all__)
    assert list(sge_envs.__all__) == sorted(sge_envs.__all__)
