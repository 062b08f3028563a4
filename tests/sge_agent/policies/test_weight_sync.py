import contextlib
import json
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from sge_agent.errors import RunError
from sge_agent.learner import Learner
from sge_agent.policies.carrier import Aside, GroupCarrier
from sge_agent.policies.loading import Lora
from sge_agent.policies.server import ServerError, ServerPolicy, TokenWire
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.policies.weight_sync import LoraReload, TransferSync
from sge_agent.policy import Job, Policy, Sample, generate
from sge_agent.types import SamplingParams
from tests.sge_agent import tiny
from tests.sge_agent.gradients import shift
from tests.sge_agent.policies import vllm_server
from tests.sge_agent.policies.vllm_servers import Servers

JOB = Job("context", [65, 66, 67], SamplingParams(temperature=0.8, max_tokens=12), 5)


@pytest.fixture(scope="module")
def servers() -> Iterator[list[str]]:
    """The addresses of two servers whose model is tiny.model(), one of them in a process of its own."""
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        elsewhere = stack.enter_context(Servers()).start()
        own = stack.enter_context(vllm_server.serve())
        stack.callback(own.shutdown)
        threading.Thread(target=own.serve_forever, daemon=True).start()
        yield [elsewhere.address, f"http://127.0.0.1:{own.server_port}"]


@pytest.fixture
def sync(servers: list[str]) -> Iterator[TransferSync]:
    with TransferSync(servers, carrier(), timeout=60) as made:
        yield made


def carrier() -> GroupCarrier:
    return GroupCarrier("gloo", device="cpu", host="127.0.0.1", timeout=30)


def asked(server: str, path: str) -> Any:
    with urllib.request.urlopen(f"{server}/{path}") as response:
        return json.load(response)


def sampled(server: str, model: str = "tiny") -> Sample:
    with ServerPolicy(f"{server}/v1", model, wire=TokenWire(tiny.tokenizer()), retries=0) as policy:
        return one(policy)


def one(policy: Policy) -> Sample:
    (sample,) = generate(policy, [JOB])
    policy.release(JOB.context)
    return sample


def moved(seed: int) -> TransformersPolicy:
    return tiny.policy(seed=seed)


def test_after_a_push_every_server_samples_with_the_new_weights(servers: list[str], sync: TransferSync) -> None:
    learner = moved(3)
    for version in (1, 2):
        before = [sampled(server) for server in servers]
        sync.push(learner.model, version)
        for server, old in zip(servers, before, strict=True):
            found = sampled(server)
            assert found.tokens == one(learner).tokens
            assert found.logprobs == pytest.approx(one(learner).logprobs, abs=1e-5)
            assert found.logprobs != pytest.approx(old.logprobs, abs=1e-3)
        assert sync.holds(version)
        shift(learner, 0.05)
        learner.bump_version()
    routes = [route for route in asked(servers[0], "log") if "completions" not in route]
    push = ["/pause?mode=wait", "/start_weight_update", "/update_weights", "/finish_weight_update", "/resume"]
    assert routes[-11:] == ["/init_weight_transfer_engine", *push, *push]
    assert not sync.holds(1)


def test_weights_in_half_precision_arrive_as_such(servers: list[str], sync: TransferSync) -> None:
    learner = moved(4)
    rounded = tiny.model(seed=4).to(torch.bfloat16)
    sync.push(rounded, 7)
    learner.model.load_state_dict(rounded.to(torch.float32).state_dict())
    learner.bump_version()
    assert sampled(servers[1]).logprobs == pytest.approx(one(learner).logprobs, abs=1e-5)


def test_a_learner_trains_on_what_servers_sampled_and_sees_when_their_weights_are_old(
    servers: list[str], sync: TransferSync
) -> None:
    learner = Learner(moved(9), lr=1e-2, epochs=1, old_logprobs="recomputed", correction="token_truncated")
    wire = TokenWire(tiny.tokenizer())
    with ServerPolicy([f"{server}/v1" for server in servers], "tiny", wire=wire, concurrency=2) as sampler:
        differences = []
        for version, new in enumerate((True, True, False)):
            if new:
                sync.push(learner.policy.model, version)
                sampler.moved_to(version)
            metrics = learner.step(tiny.groups(sampler, tasks=1, seed=version))
            differences.append(metrics["correction/max_log_difference"])
    assert max(differences[:2]) < 1e-4
    assert differences[2] > 1e-2


class Renamed(torch.nn.Module):
    """A model of which a server does not know the weights."""

    def __init__(self, name: str, weight: torch.Tensor) -> None:
        super().__init__()
        self.norm = torch.nn.Module()
        self.norm.register_parameter(name, torch.nn.Parameter(weight))


def test_weights_that_a_server_does_not_know_are_an_error_and_the_next_push_mends_it(servers: list[str]) -> None:
    shapes = tiny.model(seed=5)
    shapes.model.norm.weight = torch.nn.Parameter(torch.ones(3))
    with TransferSync(servers, carrier(), timeout=60) as sync:
        with pytest.raises(RunError, match=r"no module or parameter named 'norm\.other'"):
            sync.push(Renamed("other", torch.ones(32)), 1)
        with pytest.raises(RunError, match=r"model\.norm\.weight: expected the shape \(32,\), got \(3,\)"):
            sync.push(shapes, 2)
        learner = moved(6)
        sync.push(learner.model, 3)
    assert [sampled(server).tokens for server in servers] == [one(learner).tokens] * 2


def test_a_server_that_fails_leaves_all_of_them_paused(servers: list[str]) -> None:
    asks: list[Sample] = []
    with TransferSync(servers, carrier(), timeout=60) as sync:
        with pytest.raises(RunError):
            sync.push(Renamed("other", torch.ones(32)), 1)
        waiting = threading.Thread(target=lambda: asks.append(sampled(servers[0])))
        waiting.start()
        learner = moved(8)
        sync.push(learner.model, 2)
        waiting.join()
    assert asks[0].tokens == one(learner).tokens


def test_routes_in_the_wrong_order_are_refused(servers: list[str]) -> None:
    def post(path: str, body: dict[str, Any]) -> str:
        request = urllib.request.Request(f"{servers[0]}/{path}", json.dumps(body).encode())
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        with caught.value as reply:
            return reply.read().decode()

    info = {"names": [], "dtype_names": [], "shapes": []}
    assert "without an active weight update" in post("update_weights", {"update_info": info})
    assert "without an active weight update" in post("finish_weight_update", {})


def test_servers_that_cannot_say_what_they_hold_are_believed_and_those_that_are_gone_are_not(
    servers: list[str],
) -> None:
    with TransferSync([f"{servers[1]}/nowhere"], carrier()) as sync:
        assert sync.holds(1)
    with TransferSync(["http://127.0.0.1:9"], carrier()) as sync, pytest.raises(ServerError):
        sync.holds(1)
    with pytest.raises(ServerError):
        LoraReload(["http://127.0.0.1:9/v1"], "learner", Path("adapters"), retries=0).holds(1)


def test_a_server_that_is_not_there_is_named() -> None:
    with (
        TransferSync(["http://127.0.0.1:9"], carrier(), timeout=5) as sync,
        pytest.raises(RunError, match=r"127\.0\.0\.1:9/get_world_size"),
    ):
        sync.push(tiny.model(), 1)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft asks transformers by an old name
def test_adapters_are_refused_where_all_weights_are_sent_and_the_other_way_round(tmp_path: Path) -> None:
    with TransferSync(["http://127.0.0.1:9"], carrier()) as sync, pytest.raises(RunError, match="use LoraReload"):
        sync.push(adapted(tmp_path).model, 1)
    with pytest.raises(RunError, match="no low-rank adapter: train one with --lora-rank"):
        LoraReload(["http://127.0.0.1:9/v1"], "learner", tmp_path).push(tiny.model(), 1)


def adapted(folder: Path) -> TransformersPolicy:
    """The model that the servers begin with, and an adapter that changes what it writes."""
    pytest.importorskip("peft")
    tiny.model().save_pretrained(folder / "base")
    tiny.tokenizer().save_pretrained(folder / "base")
    policy = TransformersPolicy.from_pretrained(folder / "base", lora=Lora(rank=2, alpha=4))
    touch(policy, 0.3)
    return policy


def touch(policy: TransformersPolicy, size: float) -> None:
    with torch.no_grad():
        for name, weight in policy.model.named_parameters():
            if "lora_B" in name:
                weight.add_(size)
    policy.bump_version()


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_an_adapter_is_loaded_again_under_its_name(servers: list[str], tmp_path: Path) -> None:
    learner = adapted(tmp_path)
    reload = LoraReload([f"{server}/v1" for server in servers], "learner", tmp_path / "shared")
    drawn: list[Sequence[float]] = []
    for version in (1, 2):
        assert not reload.holds(version)
        reload.push(learner.model, version)
        assert reload.holds(version)
        for server in servers:
            found = sampled(server, "learner")
            assert found.tokens == one(learner).tokens
            assert found.logprobs == pytest.approx(one(learner).logprobs, abs=1e-5)
        drawn.append(found.logprobs)
        touch(learner, 0.3)
    assert drawn[0] != pytest.approx(drawn[1], abs=1e-3)
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["learner-2"]
    for name in ("learner-1", "learner-best", "learner-b-1"):  # of an earlier process, and of others
        (tmp_path / "shared" / name).mkdir()
    reload.push(learner.model, 3)
    assert sorted(path.name for path in (tmp_path / "shared").iterdir()) == ["learner-3", "learner-b-1", "learner-best"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_without_a_gpu_there_is_no_meeting_over_nccl() -> None:
    with pytest.raises(RunError, match="this process sees none: train on a GPU"):
        GroupCarrier("nccl").open(2)


def test_a_meeting_needs_an_address_that_servers_can_be_told() -> None:
    with pytest.raises(RunError, match=r"no.such.host.invalid has no address here .* with --sampler-host"):
        GroupCarrier("gloo", device="cpu", host="no.such.host.invalid").open(2)
    elsewhere = GroupCarrier(
        "gloo", device="cpu", host="192.0.2.1", timeout=30
    )  # nobody's: what is here must not wait for it
    meeting = elsewhere.open(1)
    assert meeting["master_address"] == "192.0.2.1"
    elsewhere.join()
    elsewhere.close()


def test_work_aside_hands_over_its_error() -> None:
    with pytest.raises(ZeroDivisionError):
        Aside(lambda: print(1 / 0)).result()
    with pytest.raises(RunError, match="nobody has opened a meeting"):
        carrier().join()
    with pytest.raises(RunError, match="no group to send weights to"):
        carrier().send([])
