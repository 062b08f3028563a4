"""Layer: a wrapper with text in and out whose own state travels in snapshots, beneath all the wrappers here that have one.

A snapshot taken through a layer is the layer's state around the snapshot of what it wraps, so that a stack of them
continues exactly. A snapshot of the bare environment is understood too: the layers then begin anew from there.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

import gymnasium
from gymnasium.spaces import Text
from gymnasium.utils import RecordConstructorArgs

from sge_envs import NotText, ResetNeeded, SnapshotError, TextEnv

Info = dict[str, Any]
Step = tuple[str, float, bool, bool, Info]

MAGIC = b"SGE-LAYR"
_PREFIX = struct.Struct(">8sB32sI")  # magic, version, sha256 of all that follows, length of the layer's state
_VERSION = 1


class Layer(gymnasium.Wrapper[str, str, str, str], RecordConstructorArgs):
    """A subclass calls ``RecordConstructorArgs.__init__`` with its arguments, then this; it writes ``_begin``, ``step``,
    and ``_state`` and ``_resume`` where it has a state.

    Raises:
        NotText: the environment has other spaces than text.
    """

    def __init__(self, env: gymnasium.Env[str, str]) -> None:
        super().__init__(env)
        require_text(env, type(self).__name__)
        self._over = True  # for this layer, whatever the env knows: no reset yet, or an end that the layer decided

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, Info]:
        """As the environment's ``reset``; ``options["snapshot"]`` may hold this layer's state too.

        Raises:
            SnapshotError: the snapshot holds a state that this layer cannot have had.
        """
        options = dict(options) if options else None
        state = self._unwrap(options)
        observation, info = self.env.reset(seed=seed, options=options)
        info = dict(info)
        self._over = False
        if state is None:
            return self._begin(seed, observation, info), info
        try:
            return self._resume(state, observation, info), info
        except (LookupError, TypeError, ValueError) as error:
            raise SnapshotError(
                f"The snapshot's state of {type(self).__name__} cannot be restored ({error!r}): take a new snapshot."
            ) from error

    def snapshot(self) -> bytes:
        """The episode as it stands, this layer's state included, for ``reset(options={"snapshot": ...})``.

        Raises:
            SnapshotError: the environment inside takes no snapshots.
        """
        if not self.env.has_wrapper_attr("snapshot"):
            raise SnapshotError(f"{self.env} has no snapshot(): only environments that have one can be snapshot.")
        inner: bytes = self.env.get_wrapper_attr("snapshot")()
        head = json.dumps({"layer": self._name(), "state": self._state()}).encode()
        size = struct.pack(">I", len(head))
        digest = hashlib.sha256(size + head + inner).digest()
        return _PREFIX.pack(MAGIC, _VERSION, digest, len(head)) + head + inner

    # What a layer writes --------------------------------------------------------------------------------------------

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        """An episode begins; the observation to show. ``info`` is this layer's own and may be added to."""
        return observation

    def _state(self) -> Info:
        """The layer's state as JSON data."""
        return {}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        """An episode continues where ``_state`` returned ``state``; the observation to show."""
        return observation

    # What layers share ----------------------------------------------------------------------------------------------

    def _check_live(self) -> None:
        if self._over:
            raise ResetNeeded("No episode is running: call reset() first.")

    def _end(self, info: Info) -> Info:
        """``info`` of an end that this layer decides, with the verdict where the environment can give one."""
        self._over = True
        base = text_env(self)
        return {**info, **base.truncate()} if base is not None else info

    def _unwrap(self, options: dict[str, Any] | None) -> Info | None:
        """Take this layer off ``options["snapshot"]``; its state, or None where the snapshot has none of it."""
        data = (options or {}).get("snapshot")
        if options is None or not isinstance(data, bytes) or data[: len(MAGIC)] != MAGIC or len(data) < _PREFIX.size:
            return None
        _, version, digest, size = _PREFIX.unpack_from(data)
        body = data[_PREFIX.size :]
        if version != _VERSION or hashlib.sha256(struct.pack(">I", size) + body).digest() != digest:
            raise SnapshotError("The snapshot is damaged, or of another version: take a new one, or copy it again.")
        head = json.loads(body[:size])
        if head["layer"] != self._name():
            return None
        options["snapshot"] = body[size:]
        state: Info = head["state"]
        return state

    def _name(self) -> str:
        return f"{type(self).__module__}:{type(self).__qualname__}"


def require_text(env: gymnasium.Env[Any, Any], name: str, *, only: str = "") -> None:
    """Raise ``NotText`` unless observations and actions of ``env`` are texts; ``name`` is who needs them.

    ``only`` is ``"observation"`` or ``"action"`` where the other may be anything.
    """
    for kind, space in (("observation", env.observation_space), ("action", env.action_space)):
        if only in ("", kind) and not isinstance(space, Text):
            raise NotText(
                f"{name} wraps environments with text in and out, and {env} has the {kind} space {space!r}: "
                "put it inside the wrapper that turns texts into something else."
            )


def text_env(env: gymnasium.Env[Any, Any]) -> TextEnv | None:
    """The ``TextEnv`` inside all wrappers; None where it is another environment."""
    base = env.unwrapped
    return base if isinstance(base, TextEnv) else None
