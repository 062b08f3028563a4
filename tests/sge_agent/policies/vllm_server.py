"""A small server with the routes of vLLM that a learner needs, on a CPU; see ``vllm_servers`` for some in other processes.

It samples token ids with a tiny model, has the same rules for the order of its routes, what it is told about weights and
how it says no, and really takes the weights: over a gloo group in place of an NCCL one, or from a folder with an adapter.
``GET /log`` lists the routes that were asked for.
"""

import json
import threading
from collections.abc import Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import torch
from torch.distributed import TCPStore  # type: ignore[attr-defined]
from torch.distributed.distributed_c10d import ProcessGroupGloo

from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.policy import Job, generate
from sge_agent.types import SamplingParams
from tests.sge_agent import tiny

PATIENCE = timedelta(seconds=30)


class BadRequest(Exception):
    """What is answered with status 400; anything else that is raised becomes 500."""

    status = 400


class NoSuchModel(BadRequest):
    status = 404


class Engine:
    """A model with the state of vLLM's worker."""

    def __init__(self) -> None:
        self.policy = tiny.policy()
        self.adapters: dict[str, TransformersPolicy] = {}
        self.roots = {"tiny": "tiny"}
        self.running = threading.Event()
        self.running.set()
        self.sampling = threading.Lock()
        self.group: Any = None
        self.updating = False
        self.version: str | None = None
        self.log: list[str] = []

    def pause(self, mode: str) -> None:
        if mode not in ("wait", "abort", "keep"):
            raise BadRequest(f"mode {mode!r}")
        self.running.clear()
        with self.sampling:  # what is under way ends
            pass

    def join(self, info: Mapping[str, Any]) -> None:
        store = TCPStore(info["master_address"], info["master_port"], is_master=False, timeout=PATIENCE)
        group: Any = ProcessGroupGloo(store, info["rank_offset"], info["world_size"], PATIENCE)
        group.allreduce(torch.ones(1)).wait()
        self.group = group

    def start(self) -> None:
        if self.updating:
            raise RuntimeError("start_weight_update called while a weight update is already active.")
        if self.group is None:
            raise RuntimeError("weight transfer not initialized. Call init_transfer_engine() first.")
        self.updating = True

    def update(self, info: Mapping[str, Any]) -> None:
        if not self.updating:
            raise RuntimeError("update_weights called without an active weight update.")
        names, dtypes, shapes = info["names"], info["dtype_names"], info["shapes"]
        if not len(names) == len(dtypes) == len(shapes):
            raise ValueError("`dtype_names` and `shapes` should be of the same size as `names`")
        own = dict(self.policy.model.named_parameters())
        for name, dtype, shape in zip(names, dtypes, shapes):
            if name not in own:
                raise ValueError(f"There is no module or parameter named {name!r}")
            if tuple(shape) != tuple(own[name].shape):
                raise ValueError(f"{name}: expected the shape {tuple(own[name].shape)}, got {tuple(shape)}")
            if not isinstance(getattr(torch, dtype, None), torch.dtype):
                raise ValueError(f"{name}: there is no number format {dtype!r}")
        for name, dtype, shape in zip(names, dtypes, shapes):
            received = torch.empty(shape, dtype=getattr(torch, dtype))
            self.group.broadcast(received, 0).wait()
            with torch.no_grad():
                own[name].copy_(received)

    def finish(self, version: str | None) -> None:
        if not self.updating:
            raise RuntimeError("finish_weight_update called without an active weight update.")
        self.updating = False
        self.version = version
        self.policy.bump_version()

    def load_lora(self, name: str, path: str, *, inplace: bool) -> str:
        from peft import PeftModel

        if name in self.adapters and not inplace:
            raise BadRequest(f"The lora adapter '{name}' has already been loaded.")
        try:
            model = PeftModel.from_pretrained(tiny.model(), path)
        except ValueError as error:
            raise BadRequest(f"No adapter found for {path}") from error
        self.adapters[name] = TransformersPolicy(model, tiny.tokenizer())  # type: ignore[arg-type]
        self.roots[name] = path
        return f"Success: LoRA adapter '{name}' added successfully."

    def complete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        policy = {"tiny": self.policy, **self.adapters}.get(body["model"])
        if policy is None:
            raise NoSuchModel(f"The model `{body['model']}` does not exist.")
        self.running.wait()
        sampling = SamplingParams(
            temperature=body["temperature"], max_tokens=body["max_tokens"], stop=tuple(body["stop"])
        )
        with self.sampling:
            (sample,) = generate(policy, [Job("request", body["prompt"], sampling, body["seed"])])
            policy.release("request")
        choice = {
            "index": 0,
            "text": sample.text,
            "token_ids": sample.tokens if body.get("return_token_ids") else None,
            "prompt_token_ids": body["prompt"],
            "logprobs": None if body.get("logprobs") is None else {"token_logprobs": sample.logprobs},
            "finish_reason": sample.finish,
        }
        return {"choices": [choice]}


class Handler(BaseHTTPRequestHandler):
    engine: Engine

    def do_GET(self) -> None:
        known: dict[str, Any] = {
            "/get_world_size": {"world_size": 1},
            "/weight_info": {"weight_version": self.engine.version},
            "/v1/models": {"data": [{"id": name, "root": root} for name, root in self.engine.roots.items()]},
            "/log": self.engine.log,
        }
        self.answer(200 if self.path in known else 404, known.get(self.path, {"detail": "Not Found"}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.engine.log.append(self.path)
        try:
            self.answer(200, self.work(urlsplit(self.path).path, body))
        except BadRequest as error:
            self.answer(error.status, {"error": {"message": str(error)}})
        except Exception as error:
            self.answer(500, {"error": {"message": f"{type(error).__name__}: {error}"}})

    def work(self, path: str, body: dict[str, Any]) -> object:
        engine = self.engine
        if path == "/v1/completions":
            return engine.complete(body)
        if path == "/v1/load_lora_adapter":
            return engine.load_lora(body["lora_name"], body["lora_path"], inplace=body.get("load_inplace", False))
        if path == "/pause":
            engine.pause(*parse_qs(urlsplit(self.path).query).get("mode", ["abort"]))
            return {"status": "paused"}
        if path == "/resume":
            engine.running.set()
            return {"status": "resumed"}
        if path == "/init_weight_transfer_engine":
            engine.join(body["init_info"])
            return {"message": "Weight transfer initialized"}
        if path == "/start_weight_update":
            engine.start()
            return {"message": "Weight update started"}
        if path == "/update_weights":
            engine.update(body["update_info"])
            return {"message": "Weights updated"}
        if path == "/finish_weight_update":
            engine.finish(body.get("weight_version"))
            return {"message": "Weight update finished"}
        raise BadRequest(f"there is no route {path}")

    def answer(self, status: int, value: object) -> None:
        text = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def serve(port: int = 0) -> ThreadingHTTPServer:
    """A server with an engine of its own, on a free port unless one is named."""
    server = ThreadingHTTPServer(("127.0.0.1", port), type("EngineHandler", (Handler,), {"engine": Engine()}))
    server.daemon_threads = True
    return server
