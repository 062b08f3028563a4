"""Short random episodes as digests, here or in another process: python -m tests.sge_envs.alfworld.episodes FIRST LAST"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator

from sge_envs.alfworld.env import ALFWorldEnv


def play(seed: int) -> Iterator[str]:
    """Play an episode, pausing after every step; the last item is the digest of all that was seen."""
    env = ALFWorldEnv(source="generated", size="small", max_turns=12)
    rng = random.Random(seed)
    seen = [repr(env.reset(seed=seed))]
    ended = False
    while not ended:
        step = env.step(rng.choice(env._admissible()) if rng.random() < 0.9 else "fly")
        ended = step[2] or step[3]
        seen.append(repr(step))
        yield ""
    yield hashlib.sha256("\n".join(seen).encode()).hexdigest()


def digest(seed: int) -> str:
    return list(play(seed))[-1]


if __name__ == "__main__":
    print(json.dumps([digest(seed) for seed in range(int(sys.argv[1]), int(sys.argv[2]))]))
