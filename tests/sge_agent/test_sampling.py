"""How the trained weights get to where episodes are sampled, and what happens when servers lose them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from sge_agent.build import make_sampler
from sge_agent.config import TrainConfig
from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration
from sge_agent.policies.endpoint import Refused, ServerError
from sge_agent.policies.server import ServerPolicy, TokenWire
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.policies.weight_sync import LoraReload, TransferSync
from sge_agent.policy import BY_POSITION, Job, Policy, Sample, generate
from sge_agent.sampling import TRIES, Itself, Servers, Twin, check_fits
from sge_agent.settings import SettingError
from sge_agent.types import SamplingParams
from tests.sge_agent import tiny
from tests.sge_agent.gradients import shift

JOB = Job("context", [65, 66, 67], SamplingParams(temperature=0.8, max_tokens=12), 5)
SERVERS: dict[str, Any] = {"sampler": ("http://gpu1:8000",), "old_logprobs": "recomputed"}


def one(policy: Policy) -> Sample:
    (sample,) = generate(policy, [JOB])
    policy.release(JOB.context)
    return sample


def test_a_twin_samples_with_the_weights_of_its_last_refresh() -> None:
    trained = tiny.policy()
    twin = Twin(trained)
    before = one(twin.policy)
    assert before == one(trained)
    shift(trained, 0.3)
    trained.bump_version()
    assert one(twin.policy) == before != one(trained)
    twin.refresh()
    assert one(twin.policy) == one(trained)
    assert twin.policy.version == trained.version == 1


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft asks transformers by an old name
def test_a_twin_shares_the_weights_under_adapters() -> None:
    peft = pytest.importorskip("peft")
    config = peft.LoraConfig(r=2, target_modules="all-linear", task_type="CAUSAL_LM")
    trained = TransformersPolicy(peft.get_peft_model(tiny.model(), config), tiny.tokenizer())
    twin = Twin(trained)
    pairs = list(zip(trained.model.named_parameters(), twin.policy.model.parameters(), strict=True))
    assert all((own is weight) == ("lora_" not in name) for (name, weight), own in pairs)
    with torch.no_grad():
        for name, weight in trained.model.named_parameters():
            if "lora_B" in name:
                weight.add_(0.3)
    trained.bump_version()
    twin.refresh()
    assert one(twin.policy) == one(trained)
    assert not any(weight.requires_grad for weight in twin.policy.model.parameters())


class Fake:
    """Takes weights, or says for some time that it cannot; ``lost`` batches long it has lost them when it is asked."""

    def __init__(self, *, failures: list[ServerError] | None = None, lost: int = 0) -> None:
        self.failures = failures or []
        self.lost = lost
        self.pushed: list[int] = []

    def push(self, model: torch.nn.Module, version: int) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.pushed.append(version)

    def holds(self, version: int) -> bool:
        self.lost -= 1
        return self.lost < 0

    def close(self) -> None: ...


@pytest.fixture
def served() -> Iterator[ServerPolicy]:
    with ServerPolicy("http://127.0.0.1:9/v1", "tiny", wire=TokenWire(tiny.tokenizer()), version=-1) as policy:
        yield policy


def test_servers_get_weights_once_for_every_version_of_them(served: ServerPolicy) -> None:
    trained, sync = tiny.policy(), Fake()
    sampler = Servers(served, sync, trained)
    for _ in range(2):
        sampler.refresh()
        sampler.refresh()
        assert served.version == trained.version
        trained.bump_version()
    assert sync.pushed == [0, 1]


def test_servers_that_are_gone_are_waited_for_and_those_that_refuse_are_not(served: ServerPolicy) -> None:
    sync = Fake(failures=[ServerError("gone"), ServerError("still gone")])
    Servers(served, sync, tiny.policy(), patience=60).refresh()
    assert sync.pushed == [0]
    with pytest.raises(Refused):
        Servers(served, Fake(failures=[Refused("no such route")]), tiny.policy(), patience=60).refresh()
    with pytest.raises(ServerError, match="gone for good"):
        Servers(served, Fake(failures=[ServerError("gone for good")] * 99), tiny.policy(), patience=0.1).refresh()


def test_what_was_played_with_lost_weights_is_played_again(served: ServerPolicy) -> None:
    sync, played = Fake(lost=2), []
    sampler = Servers(served, sync, tiny.policy())
    sampler.refresh()
    waits: list[int] = []

    def play() -> int:
        played.append(len(sync.pushed))
        return len(played)

    assert sampler.played(play, lambda: waits.append(len(sync.pushed))) == 3
    assert played == [1, 2, 3]  # with new weights before each further try
    assert waits == [1, 2]  # before these were sent
    assert sampler.lost_batches == 2
    with pytest.raises(RunError, match=f"in each of {TRIES} tries to play one batch a server lost"):
        Servers(served, Fake(lost=99), tiny.policy()).played(lambda: None)


def test_a_request_that_is_refused_because_weights_were_lost_is_no_error_and_any_other_is(served: ServerPolicy) -> None:
    tries = []

    def play() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise Refused("there is no model sge")
        return "played"

    assert Servers(served, Fake(lost=1), tiny.policy()).played(play) == "played"
    tries.clear()
    with pytest.raises(Refused, match="no model sge"):
        Servers(served, Fake(), tiny.policy()).played(play)


def test_who_waited_for_a_server_in_vain_says_for_how_long(served: ServerPolicy) -> None:
    class Away(Fake):
        def push(self, model: torch.nn.Module, version: int) -> None:
            raise ServerError("nobody answers")

    with pytest.raises(ServerError, match=r"^for 0.1 seconds \(--sampler-patience\), nobody answers"):
        Servers(served, Away(), tiny.policy(), patience=0.1).refresh()


class ByPosition(Exploration):
    requires = frozenset({BY_POSITION})


def test_a_method_that_wants_more_than_servers_can_is_refused_before_anything_is_played(served: ServerPolicy) -> None:
    trained = tiny.policy()
    check_fits(trained, trained, ByPosition())
    check_fits(served, trained, Exploration())
    with pytest.raises(RunError, match="needs a sampler that can do temperature by position"):
        check_fits(served, trained, ByPosition())
    with pytest.raises(RunError, match="worded for the sampler otherwise"):
        check_fits(served, tiny.policy(chat=tiny.CHAT), Exploration())


def test_settings_choose_where_episodes_are_sampled() -> None:
    trained = tiny.policy()
    assert isinstance(make_sampler(TrainConfig(), trained), Itself)
    assert isinstance(make_sampler(TrainConfig(max_staleness=1), trained), Twin)
    for config, kind, name in (
        (TrainConfig(**SERVERS, model="Qwen/Qwen3-4B"), TransferSync, "Qwen/Qwen3-4B"),
        (TrainConfig(**SERVERS, model="x", lora_rank=4, sampler_weights="lora_reload"), LoraReload, "sge"),
        (TrainConfig(**SERVERS, model="x", sampler_model="served"), TransferSync, "served"),
    ):
        sampler = make_sampler(config, trained)
        assert isinstance(sampler, Servers)
        assert isinstance(sampler._sync, kind)
        assert sampler.policy.model == name
        sampler.close()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"sampler": ("http://gpu1:8000",)}, "--old-logprobs must be recomputed with --sampler"),
        ({**SERVERS, "sampler": ("gpu1:8000",)}, "--sampler must be addresses of different servers, such as http"),
        ({**SERVERS, "sampler": ("http://gpu1:8000/v1/chat",)}, "--sampler must be addresses of different servers"),
        ({**SERVERS, "sampler": ("http://a", "http://a")}, "--sampler must be addresses of different servers"),
        ({**SERVERS, "sampler": ("http://a", "http://a/v1/")}, "--sampler must be addresses of different servers"),
        ({**SERVERS, "sampler": ("http://a:b",)}, "--sampler must be addresses of different servers"),
        ({**SERVERS, "sampler": ("http://me:secret@a",)}, "^(?!.*secret).* put a key into SGE_SAMPLER_KEY$"),
        ({**SERVERS, "lora_rank": 4}, "--sampler-weights must be lora_reload with --lora-rank"),
        ({**SERVERS, "sampler_weights": "lora_reload"}, "--sampler-weights must be transfer without --lora-rank"),
        ({"max_staleness": -1}, "--max-staleness must be 0 or more"),
        ({"sampler_patience": -1.0}, "--sampler-patience must be 0 or more"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        TrainConfig(**settings)
