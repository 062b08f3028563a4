"""TorchRL: text environments as ``GymWrapper``, and masked menus for its learners. Tested with 0.14.1.

TorchRL takes our text spaces as they are: observations are texts in the tensordict, and so are actions. What ``info``
says comes with them, always under the same keys (``INFO_KEYS``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sge_envs.errors import MissingExtra
from sge_wrappers.bridges.arrays import array_env
from sge_wrappers.bridges.episodes import MakeEnv

try:
    import torch
    from torchrl.data import Binary, NonTensor, Unbounded
    from torchrl.envs import ActionMask, GymWrapper, TransformedEnv
    from torchrl.envs.gym_like import BaseInfoDictReader
except ImportError as error:
    raise MissingExtra.of("torchrl", package="torchrl", purpose="the bridge to TorchRL") from error

TESTED = "0.14.1"
INFO_KEYS = ("goal", "task_id", "actions", "action_error", "success", "progress")
"""``goal``, ``task_id``, ``actions`` (one admissible action a line) and ``action_error`` are texts, "" where the
environment says nothing; ``success`` and ``progress`` are float32 of shape (1,), 0 until the end."""


class InfoReader(BaseInfoDictReader):
    """Puts what ``info`` says into the tensordict."""

    @property
    def info_spec(self) -> dict[str, Any]:
        texts = {key: NonTensor((), example_data="") for key in INFO_KEYS[:4]}
        return {**texts, **{key: Unbounded((1,), dtype=torch.float32) for key in INFO_KEYS[4:]}}

    def __call__(self, info_dict: Mapping[str, Any], tensordict: Any) -> Any:
        for key in ("goal", "task_id", "action_error"):
            tensordict.set_non_tensor(key, str(info_dict.get(key) or ""))
        tensordict.set_non_tensor("actions", "\n".join(info_dict.get("admissible_actions") or ()))
        for key in INFO_KEYS[4:]:
            tensordict.set(key, torch.tensor([float(info_dict.get(key) or 0)]))
        return tensordict

    def reset(self) -> None:
        """Nothing is kept between episodes."""


class MaskReader(BaseInfoDictReader):
    """Puts the mask of a menu into the tensordict, as ``ActionMask`` wants it."""

    def __init__(self, actions: int) -> None:
        self._actions = actions

    @property
    def info_spec(self) -> dict[str, Any]:
        return {"action_mask": Binary(self._actions, dtype=torch.bool), "success": Unbounded((1,), dtype=torch.float32)}

    def __call__(self, info_dict: Mapping[str, Any], tensordict: Any) -> Any:
        mask = torch.as_tensor(info_dict["action_mask"], dtype=torch.bool)
        if not mask.any():
            mask = torch.ones_like(mask)  # at the end nothing is admissible, and a mask of nothing is refused
        tensordict.set("action_mask", mask)
        tensordict.set("success", torch.tensor([float(info_dict.get("success") or 0)]))
        return tensordict

    def reset(self) -> None:
        """Nothing is kept between episodes."""


def text_env(make_env: MakeEnv) -> Any:
    """The environment as a ``GymWrapper`` with texts in and out, and :data:`INFO_KEYS` beside the observation."""
    return GymWrapper(make_env()).set_info_dict_reader(InfoReader())


def menu_env(
    make_env: MakeEnv, *, rows: Sequence[Mapping[str, Any]] = (), actions: int = 50, features: int = 512
) -> Any:
    """The ``array_env`` as a TorchRL env with categorical actions; random and masked policies draw only what is legal."""
    env = array_env(make_env, rows=rows, actions=actions, features=features)
    wrapped = GymWrapper(env, categorical_action_encoding=True).set_info_dict_reader(MaskReader(actions))
    return TransformedEnv(wrapped, ActionMask())
