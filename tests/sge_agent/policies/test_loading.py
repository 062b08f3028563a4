"""Loading a model never runs code that came with it."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import torch

import sge_agent
from sge_agent.policies.loading import Lora, ModelNotFound, load
from tests.sge_agent import tiny

SOURCES = sorted(Path(sge_agent.__file__).parent.rglob("*.py"))


def saved(folder: Path) -> Path:
    tiny.model().save_pretrained(folder)
    tiny.tokenizer().save_pretrained(folder)
    return folder


def load_plainly(folder: Path, *, trust: bool = False) -> None:
    load(folder, dtype=None, lora=None, trust_remote_code=trust)


def test_weights_that_are_pickled_are_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    folder = saved(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    torch.save({"weights": Evil()}, folder / "pytorch_model.bin")
    with pytest.raises(ModelNotFound, match=r"\*\.safetensors"):
        load_plainly(folder)
    assert not (tmp_path / "ran").exists()


def test_code_that_came_with_a_model_runs_only_when_asked_for(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    (folder / "own.py").write_text(
        "from pathlib import Path\n"
        "from transformers import Qwen3Config, Qwen3ForCausalLM\n"
        f"Path({str(tmp_path / 'ran')!r}).touch()\n"
        "class OwnConfig(Qwen3Config):\n    model_type = 'own'\n"
        "class OwnModel(Qwen3ForCausalLM):\n    config_class = OwnConfig\n"
    )
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "own",
        "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelNotFound):
        load_plainly(folder)
    assert not (tmp_path / "ran").exists()


def test_nothing_here_pickles_and_everything_is_loaded_from_safetensors() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [name.name for name in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            assert not {"pickle", "dill", "joblib", "shelve", "marshal"} & {module, *names}, path
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            assert ast.unparse(node.func) not in ("torch.load", "torch.save", "np.save", "np.load", "numpy.load"), path
            if node.func.attr == "from_pretrained" and "Policy" not in ast.unparse(node.func):
                given = {keyword.arg for keyword in node.keywords}
                assert "use_safetensors" in given or "Tokenizer" in ast.unparse(node.func), path


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft asks transformers by an old name
def test_adapters_begin_as_their_seed_says_and_nobody_elses_stream_moves(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")

    def adapters(seed: int) -> list[torch.Tensor]:
        model, _ = load(folder, dtype=None, lora=Lora(rank=2, seed=seed), trust_remote_code=False)
        return [weight for name, weight in model.named_parameters() if "lora_A" in name]

    before = torch.get_rng_state()
    a, b, c = adapters(0), adapters(0), adapters(1)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))
    assert not any(torch.equal(x, y) for x, y in zip(a, c, strict=True))
