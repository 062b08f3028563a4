"""Parametrised families: endless fresh problems of one form, whose answer programs really differ."""

from __future__ import annotations

from sge_envs.code.problem import Family
from sge_envs.code.problems.families import lists, texts, worlds
from sge_envs.code.problems.families.one_liner import ONE_LINER

FAMILIES: tuple[Family, ...] = (ONE_LINER, *lists.FAMILIES, *texts.FAMILIES, *worlds.FAMILIES)
