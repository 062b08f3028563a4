"""Behaviour cloning: the tokenizer, demonstrations through the agent, and the fit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from sge_agent.agent import StrategyAgent  # noqa: E402
from sge_agent.cloning import Example, Line, clone, demonstrate, new_model, save, train_tokenizer  # noqa: E402
from sge_agent.policies.transformers import TransformersPolicy  # noqa: E402
from sge_agent.prompts import COMPACT  # noqa: E402
from sge_agent.types import EpisodeSpec, TaskRef  # noqa: E402

TEXTS = ["You see a cabinet 1, and a mug 1.\nStrategy: look in the cabinet 1\nAction: go to cabinet 1\n"] * 20
TOKENIZER = train_tokenizer(TEXTS, vocab_size=300, phrases=("You see a", " look in the", ", and a"))


class Door:
    """Ends after two turns; rewards "open"."""

    def reset(self, *, seed=None, options=None):
        self.turn = 0
        return "A door.", {}

    def step(self, action, /):
        self.turn += 1
        return "Still a door.", float(action == "open"), False, self.turn == 2, {}

    def close(self): ...


def demonstration():
    lines = iter(
        [
            Line(" knock first\n", avoid=(" knock twice\n", " knock first\n")),
            Line(" knock\n"),
            Line(" open\n", learn=False),
        ]
    )
    policy = TransformersPolicy(new_model(len(TOKENIZER), width=16, layers=1, heads=2), TOKENIZER)
    agent = StrategyAgent(prompts=COMPACT, when="once")
    spec = EpisodeSpec(TaskRef("door", 0), hint="Failed: kick;\n")
    return demonstrate(spec, agent, Door(), lambda episode: next(lines), policy)


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_the_tokenizer_gives_back_any_text_exactly(text):
    text = text.encode("utf-8", "replace").decode()
    assert TOKENIZER.decode(TOKENIZER(text)["input_ids"]) == text


def test_entities_and_phrases_are_one_token_each():
    for piece in (" cabinet 1", "You see a", " look in the"):
        assert len(TOKENIZER(piece)["input_ids"]) == 1


def test_a_demonstration_is_what_the_agent_would_have_seen_and_only_learned_lines_are_trained():
    trajectory, example = demonstration()
    assert TOKENIZER.decode(example.tokens) == (
        "A door.\nFailed: kick;\nStrategy: knock first\nAction: knock\nStill a door.\nAction: open\n"
    )
    learned = [token for token, trained in zip(example.tokens, example.trained, strict=True) if trained]
    assert TOKENIZER.decode(learned) == " knock first\n knock\n"
    assert [turn.action for turn in trajectory.turns] == ["knock", "open"]
    assert trajectory.reward == 1.0


def test_what_is_to_be_avoided_stands_at_the_first_token_that_differs():
    _, example = demonstration()
    ((position, token),) = example.avoid
    before = TOKENIZER.decode(example.tokens[:position])
    first, twice = (TOKENIZER(text)["input_ids"] for text in (" knock first\n", " knock twice\n"))
    fork = next(i for i, (a, b) in enumerate(zip(first, twice, strict=False)) if a != b)
    assert before == "A door.\nFailed: kick;\nStrategy:" + TOKENIZER.decode(first[:fork])
    assert token == twice[fork]


def test_cloning_learns_what_is_trained_and_makes_what_is_avoided_improbable():
    model = new_model(12, width=16, layers=1, heads=2)
    examples = [Example((1, 2, 3), (False, True, False)), Example((4, 5, 6), (False, True, False), ((1, 7),))] * 8
    clone(model, examples, steps=300, batch_size=8, lr=1e-2, avoid_below=-12.0)
    with torch.no_grad():
        logprobs = model(torch.tensor([[1], [4]])).logits[:, 0].log_softmax(-1)
    assert logprobs[0, 2] > -0.05
    assert logprobs[1, 5] > -0.05
    assert logprobs[1, 7] < -11.0
    assert logprobs[1, 7] < logprobs[1, 8]


def test_a_saved_model_is_an_ordinary_transformers_folder(tmp_path):
    model = new_model(len(TOKENIZER), width=16, layers=1, heads=2)
    assert save(model, TOKENIZER, tmp_path / "base") < 1e6
    policy = TransformersPolicy.from_pretrained(tmp_path / "base")
    assert policy.decode(TOKENIZER(TEXTS[0])["input_ids"]) == TEXTS[0]
