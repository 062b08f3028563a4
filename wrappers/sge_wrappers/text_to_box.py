"""TextToBox: observations as arrays, for learners that take no text."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import gymnasium
import numpy as np
from gymnasium.spaces import Box
from gymnasium.utils import RecordConstructorArgs
from numpy.typing import NDArray

from sge_envs import UnknownOption
from sge_wrappers.layer import Info, require_text

Keep = Literal["start", "end"]
_WORD = re.compile(r"\w+|[^\w\s]")


class Encoder(Protocol):
    """From a text to an array of ``space``; equal texts give equal arrays in every process."""

    @property
    def space(self) -> Box: ...

    def __call__(self, text: str) -> NDArray[Any]: ...


@dataclass(frozen=True, slots=True)
class HashedNgrams:
    """Counts of words and runs of up to ``longest`` words, hashed with a sign to ``size`` numbers, of length 1.

    float32 of shape ``(size,)``, each from -1 to 1. The hashing trick of Weinberger et al. 2009 (arXiv:0902.2206).
    """

    size: int = 1024
    longest: int = 2

    @property
    def space(self) -> Box:
        return Box(-1, 1, (self.size,), np.float32)

    def __call__(self, text: str) -> NDArray[Any]:
        words = [word.encode("utf-8", "surrogatepass") for word in _WORD.findall(text.lower())]
        runs = [
            b" ".join(words[start : start + length])
            for length in range(1, self.longest + 1)
            for start in range(len(words) - length + 1)
        ]
        hashes = np.fromiter(map(zlib.crc32, runs), np.uint32, len(runs))
        signs = np.where(hashes >> 31, 1.0, -1.0)
        counts = np.bincount((hashes & 0x7FFFFFFF) % self.size, weights=signs, minlength=self.size)
        norm = float(np.linalg.norm(counts))
        return (counts / norm if norm else counts).astype(np.float32)


@dataclass(frozen=True, slots=True)
class TextBytes:
    """The UTF-8 bytes, padded with zeros: uint8 of shape ``(length,)``. ``keep`` says which end of a longer text stays."""

    length: int = 2048
    keep: Keep = "start"

    @property
    def space(self) -> Box:
        return Box(0, 255, (self.length,), np.uint8)

    def __call__(self, text: str) -> NDArray[Any]:
        data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
        return _pad(data, self.length, self.keep, 0).astype(np.uint8)

    def decode(self, array: NDArray[Any]) -> str:
        """The text of an array, up to its first zero; bytes that are no UTF-8 become the replacement character."""
        return bytes(array.astype(np.uint8)).partition(b"\0")[0].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class TokenIds:
    """The ids that ``encode`` gives (a tokenizer's method): int64 of shape ``(length,)``, padded with ``pad``.

    ``vocabulary`` is the number of ids. ``keep`` says which end of a longer text stays.
    """

    encode: Callable[[str], Sequence[int]]
    vocabulary: int
    length: int = 512
    pad: int = 0
    keep: Keep = "start"

    @property
    def space(self) -> Box:
        return Box(0, self.vocabulary - 1, (self.length,), np.int64)

    def __call__(self, text: str) -> NDArray[Any]:
        ids = np.array(list(self.encode(text)), np.int64)
        if ids.size and not (ids.min() >= 0 and ids.max() < self.vocabulary):
            raise UnknownOption(
                f"The tokenizer gave ids from {ids.min()} to {ids.max()}, expected 0 to {self.vocabulary - 1}: "
                "pass the size of its vocabulary, added tokens included."
            )
        return _pad(ids, self.length, self.keep, self.pad)


class TextToBox(gymnasium.Wrapper[Any, str, str, str], RecordConstructorArgs):
    """Observations become what ``encode`` makes of them: :class:`HashedNgrams`, :class:`TextBytes`,
    :class:`TokenIds` or anything of that form.

    Examples:
        >>> import gymnasium
        >>> env = TextToBox(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"), HashedNgrams(256))
        >>> observation, info = env.reset(seed=0)
        >>> observation.shape, str(observation.dtype), observation in env.observation_space
        ((256,), 'float32', True)

    Put it outside ``ActionMenu`` or inside: the actions do not matter to it. Without a state of its own.
    """

    def __init__(self, env: gymnasium.Env[str, Any], encode: Encoder = HashedNgrams()) -> None:
        RecordConstructorArgs.__init__(self, encode=encode, _disable_deepcopy=True)  # tokenizers are large, and shared
        super().__init__(env)
        require_text(env, "TextToBox", only="observation")
        self._encode = encode
        self.observation_space = encode.space

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[NDArray[Any], Info]:
        observation, info = self.env.reset(seed=seed, options=options)
        return self._encode(observation), info

    def step(self, action: Any) -> tuple[NDArray[Any], float, bool, bool, Info]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._encode(observation), float(reward), terminated, truncated, info


def _pad(values: NDArray[Any], length: int, keep: Keep, pad: int) -> NDArray[Any]:
    if len(values) > length:
        return values[:length].copy() if keep == "start" else values[len(values) - length :].copy()
    return np.concatenate([values, np.full(length - len(values), pad, values.dtype)])
