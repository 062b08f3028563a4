"""Stands in for Ray: an actor is the object itself, and what it returns is the result."""

from __future__ import annotations

from typing import Any


class _Method:
    def __init__(self, method: Any) -> None:
        self.remote = method


class _Actor:
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> _Method:
        return _Method(getattr(self._inner, name))


class _ActorClass:
    def __init__(self, cls: type[Any]) -> None:
        self.cls = cls

    def remote(self, *arguments: Any) -> _Actor:
        return _Actor(self.cls(*arguments))


def remote(cls: type[Any]) -> _ActorClass:
    return _ActorClass(cls)


def get(result: Any) -> Any:
    return result
