"""Your own tools as an environment: typed functions on a state, and a check of that state."""

import numpy as np

from sge_envs.tools.own import OperationError, OwnTask, OwnTools


def pay(accounts: dict[str, int], sender: str, receiver: str, amount: int) -> str:
    """Move money from one account to another.

    Args:
        sender: Who pays.
        receiver: Who is paid.
        amount: How much, at most what the sender has.
    """
    if not 0 < amount <= accounts.get(sender, 0) or receiver not in accounts:
        raise OperationError("not_allowed", f"There is {accounts}.")
    accounts[sender], accounts[receiver] = accounts[sender] - amount, accounts[receiver] + amount
    return "paid"


def make_task(rng: np.random.Generator) -> OwnTask:
    had = int(rng.integers(10, 99))
    call = ("bank.pay", {"sender": "Ann", "receiver": "Bob", "amount": had})
    return OwnTask({"Ann": had, "Bob": 0}, "Give all to Bob.", lambda now, _: {"moved": now["Ann"] == 0}, [call])


env = OwnTools([pay], make_task, name="bank")
print(env.reset(seed=0)[0], env.step(env.oracle())[0], env.step(env.oracle())[1], sep="\n")
