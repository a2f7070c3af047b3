"""A server whose model says what a script has it say, with tokenizers of several kinds."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2 as httpx
import tokenizers
import torch
from tokenizers import AddedToken, decoders, normalizers, pre_tokenizers
from tokenizers import models as kinds
from transformers import PreTrainedTokenizerFast

from cogitate.config import RunConfig
from cogitate.engine.engine import Engine
from cogitate.engine.sampling import Chosen
from cogitate.hardware import detect
from cogitate.models import Policy
from cogitate.models.architecture import Architecture
from cogitate.models.decoder import Decoder
from cogitate.rollout.local import markers
from cogitate.runs.opening import LoadedModel
from cogitate.serve import Ceiling, ModelRegistry
from cogitate.tokenizer import Tokenizer
from cogitate.types import Rollout

WORDS = (
    *("▁is", "▁the", "▁town", "▁Lima", "▁of", "town", "▁4", "▁", "▁▁"),
    *("<th", "</th", "ink>", ">\n"),
)
LETTERS = sorted({*"".join(WORDS), *"abcdefghijklmnopqrstuvwxyzLSTOP0123456789.<>/|_ \n"} - {" "})
SPECIAL = ("<unk>", "<s>", "</s>")
TEMPLATE = "{% for m in messages %}<s>{{ m.content }}{% endfor %}"


def byte_fallback(decoder: Any, **settings: Any) -> tokenizers.Tokenizer:
    names = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *LETTERS, *WORDS]
    vocab = {text: place for place, text in enumerate(dict.fromkeys(names))}
    rust = tokenizers.Tokenizer(
        kinds.BPE(vocab, [], unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    rust.decoder = decoder
    for name, value in settings.items():
        setattr(rust, name, value)
    rust.add_tokens([AddedToken(text, normalized=False, special=True) for text in SPECIAL])
    return rust


def sentencepiece() -> tokenizers.Tokenizer:
    """As Llama 2 has it."""
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    return byte_fallback(
        decoders.Sequence([*parts, decoders.Strip(" ", 1, 0)]),
        normalizer=normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
    )


def unstripped() -> tokenizers.Tokenizer:
    """As Gemma has it."""
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    return byte_fallback(decoders.Sequence(parts), normalizer=normalizers.Replace(" ", "▁"))


def metaspace() -> tokenizers.Tokenizer:
    parts = [decoders.ByteFallback(), decoders.Metaspace(), decoders.Fuse()]
    return byte_fallback(decoders.Sequence(parts), pre_tokenizer=pre_tokenizers.Metaspace())


def byte_level() -> tokenizers.Tokenizer:
    learned = Tokenizer.learn(["Lima is the town of towns", "<think>4</think>"] * 9, 300)
    document = json.loads(learned.to_json())
    document["added_tokens"] = []
    rust = tokenizers.Tokenizer.from_str(json.dumps(document))
    rust.add_tokens([AddedToken(text, normalized=False, special=True) for text in SPECIAL])
    return rust


class Speaker:
    """A server of one model that says its script, and the reference for its text."""

    def __init__(self, rust: tokenizers.Tokenizer, special: bool | None) -> None:
        if special is not None:
            marks = [
                AddedToken(m, normalized=False, special=special) for m in ("<think>", "</think>")
            ]
            rust.add_tokens(marks)
        named = {"bos_token": "<s>", "eos_token": "</s>"}
        self.tokenizer = Tokenizer(rust, template=TEMPLATE, named=named)
        self.theirs = PreTrainedTokenizerFast(
            tokenizer_object=rust, clean_up_tokenization_spaces=False, **named
        )
        arch = Architecture(
            family="llama", vocab_size=self.tokenizer.size, width=16, num_layers=1, num_heads=2,
            num_kv_heads=1, head_width=8, mlp_width=16, context=256,
        )  # fmt: skip
        self.decoder = Decoder(arch)
        self.decoder.init(torch.Generator().manual_seed(0))
        self.script: Sequence[int] = ()
        self.rollouts: list[Rollout] = []
        self.client = httpx.Client()

    def ids(self, *texts: str) -> list[int]:
        """Return the ids of texts, each a token where it is one, as no encoder would cut them."""
        vocab = self.theirs.get_vocab()
        cut = [[vocab[text]] if text in vocab else self.tokenizer.encode(text) for text in texts]
        return list(itertools.chain(*cut))

    def registry(self) -> ModelRegistry:
        registry = ModelRegistry()
        policy = Policy(decoder=self.decoder, tokenizer=self.tokenizer, name="m")
        model = LoadedModel(
            policy=policy, machine=detect(RunConfig()), markers=markers(self.tokenizer)
        )
        registry.add("m", model, Ceiling(context=256, think=64, default=0), rows=4)
        ended = registry.meter.ended

        def noting(model: str, rollout: Rollout) -> None:
            self.rollouts.append(rollout)
            ended(model, rollout)

        registry.meter.ended = noting
        return registry

    def say(self, engine: Engine, _: torch.Tensor) -> Chosen:
        """Choose what stands next in the script, in place of what the weights would."""
        chosen: list[int] = []
        for row in engine._rows:
            engine._batch.settle(row)
            place = sum(row.machine.sampled)
            said = self.script[place] if place < len(self.script) else self.tokenizer.end
            chosen.append(said if row.machine.forced is None else row.machine.forced)
        return torch.tensor(chosen), torch.full((len(chosen),), -0.5)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        response = self.client.post(self.address + path, json={"max_tokens": 64, **body})
        assert response.status_code == 200, response.text
        return response.json()

    def stream(self, path: str, **body: Any) -> list[dict[str, Any]]:
        response = self.client.post(
            self.address + path, json={"max_tokens": 64, **body, "stream": True}
        )
        lines = [line.removeprefix("data: ") for line in response.text.split("\n")]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def chat(self, **body: Any) -> tuple[Mapping[str, Any], dict[str, str]]:
        """Return the choice of a chat, and the same as it is streamed."""
        asked = {"messages": [{"role": "user", "content": "Lima"}], **body}
        (choice,) = self.post("/chat/completions", logprobs=True, **asked)["choices"]
        streamed = {"content": "", "reasoning": ""}
        for chunk in self.stream("/chat/completions", **asked):
            for name in streamed:
                streamed[name] += chunk["choices"][0]["delta"].get(name) or ""
        return choice, streamed

    def added(self, before: Sequence[int], tokens: Sequence[int]) -> str:
        """Return what transformers adds to the text of some tokens for others behind them."""
        whole = self.theirs.decode([*before, *tokens], skip_special_tokens=True)
        return whole.removeprefix(self.theirs.decode(before, skip_special_tokens=True))
