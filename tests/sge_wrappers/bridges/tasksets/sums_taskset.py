"""A small taskset of verifiers, as a user writes one: one question, one answer."""

from collections.abc import Iterator

import verifiers.v1 as vf

__all__ = ["Sums"]


class SumData(vf.TaskData):
    number: int


class Sum(vf.Task[SumData, vf.State, vf.TaskConfig]):
    @vf.reward
    async def right(self, task: SumData, trace: vf.Trace) -> float:
        if task.number == 3:
            raise ValueError("the judge is out")
        return float(trace.last_reply == str(2 * task.number))


class Sums(vf.Taskset[Sum, vf.TasksetConfig]):
    def load(self) -> Iterator[Sum]:
        for n in range(4):
            data = SumData(prompt=f"What is {n} + {n}?", system_prompt="Answer with the number alone.", number=n)
            yield Sum(data, self.config.task)
