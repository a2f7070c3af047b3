"""Text from tokens, over a real server whose models say what a script has them say.

What is told is what transformers makes of the same ids, streamed or not, in one piece or token by
token; and no thought is content, whoever opened it.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

import httpx2 as httpx
import pytest
import tokenizers
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, decoders, normalizers, pre_tokenizers
from tokenizers import models as kinds
from transformers import PreTrainedTokenizerFast

from cogitate.ask import converse
from cogitate.models import Policy
from cogitate.models.architecture import Architecture
from cogitate.models.decoder import Decoder
from cogitate.prompt import Tags, answer_text, thought_text
from cogitate.rollout.engine import Engine
from cogitate.rollout.local import markers
from cogitate.serve import Ceiling, Shelf, make_app
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Rollout
from serving import listening

WORDS = (
    "▁is",
    "▁the",
    "▁town",
    "▁Lima",
    "▁of",
    "town",
    "▁4",
    "▁",
    "▁▁",
    "<th",
    "</th",
    "ink>",
    ">\n",
)
LETTERS = sorted({*"".join(WORDS), *"abcdefghijklmnopqrstuvwxyzLSTOP0123456789.<>/|_ \n"} - {" "})
SPECIAL = ("<unk>", "<s>", "</s>")
TEMPLATE = "{% for m in messages %}<s>{{ m.content }}{% endfor %}"
PROMPT = "Lima is"


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


MAKERS = (sentencepiece, unstripped, metaspace, byte_level)
MARKS = {"none": None, "special": True, "plain": False}
"""Whether the markers of a thought are tokens, and special ones."""


class Speaker:
    """A server of one model that says what it is told to, and the reference for its text."""

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

    def ids(self, *parts: str | int) -> list[int]:
        """Return the ids of texts, cut into letters as no encoder would, and of single tokens."""
        vocab = self.theirs.get_vocab()
        first = [self.tokenizer.encode(p) if isinstance(p, str) and p not in vocab else
                 [vocab[p]] if isinstance(p, str) else [p] for p in parts]  # fmt: skip
        return list(itertools.chain(*first))

    def shelf(self) -> Shelf:
        shelf = Shelf()
        policy = Policy(decoder=self.decoder, tokenizer=self.tokenizer, name="m")
        shelf.add("m", policy, Ceiling(context=256, think=64, default=0), rows=4)
        ended = shelf.meter.ended

        def noting(model: str, rollout: Rollout) -> None:
            self.rollouts.append(rollout)
            ended(model, rollout)

        shelf.meter.ended = noting
        return shelf

    def say(self, engine: Engine, _: torch.Tensor) -> tuple[list[int], list[float]]:
        """Choose what stands next in the script, in place of what the weights would."""
        chosen: list[int] = []
        for row in engine._rows:
            place = sum(row.machine.sampled)
            said = self.script[place] if place < len(self.script) else self.tokenizer.end
            chosen.append(said if row.machine.forced is None else row.machine.forced)
        return chosen, [-0.5] * len(chosen)

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
        told = {"content": "", "reasoning": ""}
        for chunk in self.stream("/chat/completions", **asked):
            for name in told:
                told[name] += chunk["choices"][0]["delta"].get(name) or ""
        return choice, told

    def added(self, before: Sequence[int], tokens: Sequence[int]) -> str:
        """Return what transformers adds to the text of some tokens for others behind them."""
        whole = self.theirs.decode([*before, *tokens], skip_special_tokens=True)
        return whole.removeprefix(self.theirs.decode(before, skip_special_tokens=True))


@pytest.fixture(
    scope="module", params=itertools.product(MAKERS, MARKS), ids=lambda p: f"{p[0].__name__}-{p[1]}"
)
def speaker(request: Any) -> Iterator[Speaker]:
    maker, marks = request.param
    speaker = Speaker(maker(), MARKS[marks])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Engine, "_choose", lambda *args: speaker.say(*args))
        with listening(make_app(speaker.shelf())) as port:
            speaker.address = f"http://127.0.0.1:{port}/v1"
            yield speaker


def scraps(speaker: Speaker, rng: Random) -> list[int]:
    """Return what no model would write: words, letters, characters in bytes, bytes alone."""
    tokens: list[int] = []
    vocab = [i for i in range(speaker.tokenizer.size) if i not in speaker.tokenizer.eos]
    texts = (
        "Lima is the town",
        " of",
        "4",
        "\n",
        "😀",
        "é日本",
        "  ",
        "STOP",
        "</think>",
        "<think>",
    )
    for _ in range(rng.randrange(1, 9)):
        match rng.randrange(4):
            case 0:
                tokens.append(rng.choice(vocab))
            case 1:
                tokens += rng.sample(speaker.tokenizer.encode(rng.choice(texts)), 1)
            case _:
                tokens += speaker.tokenizer.encode(rng.choice(texts))
    return tokens[:40]


@pytest.mark.parametrize("seed", range(8))
def test_raw_text_is_what_transformers_decodes(speaker: Speaker, seed: int) -> None:
    speaker.script = scraps(speaker, Random(seed))
    prompt = speaker.theirs.encode(PROMPT, add_special_tokens=False)
    (choice,) = speaker.post("/completions", prompt=PROMPT, logprobs=1)["choices"]
    markers = (speaker.tokenizer.think_open, speaker.tokenizer.think_close)
    written = [token for token in speaker.script if token not in markers]
    assert choice["text"] == speaker.added(prompt, written)
    streamed = speaker.stream("/completions", prompt=PROMPT)
    assert "".join(chunk["choices"][0]["text"] for chunk in streamed) == choice["text"]
    check_tokens(
        speaker, choice["logprobs"], choice["text"], (*speaker.script, speaker.tokenizer.end)
    )


@pytest.mark.parametrize("seed", range(4))
def test_an_echo_is_the_prompt_and_what_follows(speaker: Speaker, seed: int) -> None:
    speaker.script = scraps(speaker, Random(100 + seed))
    prompt = [speaker.theirs.bos_token_id, *speaker.theirs.encode(PROMPT, add_special_tokens=False)]
    speaker.rollouts.clear()
    (choice,) = speaker.post("/completions", prompt=prompt, echo=True, logprobs=1)["choices"]
    told, text = choice["logprobs"], choice["text"]
    (plain,) = speaker.post("/completions", prompt=prompt)["choices"]
    first = told["text_offset"][len(prompt)]
    assert text[first:] == plain["text"]
    assert text[:first] == speaker.theirs.decode(prompt)
    check_tokens(speaker, told, text, (*prompt, *speaker.script, speaker.tokenizer.end))
    scores = speaker.rollouts[0].prompt_scores
    for place, (_, best, _) in enumerate(scores, 1):
        named = speaker.tokenizer.pieces([best], prompt[:place], skip_special=False)
        assert set(told["top_logprobs"][place]) == {told["tokens"][place], *named}


def check_tokens(
    speaker: Speaker, told: Mapping[str, Any], text: str, tokens: Sequence[int]
) -> None:
    """See that tokens, put where they are said to stand, are the text."""
    assert len(told["tokens"]) == len(tokens)
    end = 0
    for token, name, offset, top in zip(
        tokens, told["tokens"], told["text_offset"], told["top_logprobs"], strict=True
    ):
        assert offset == end
        assert top is None or name in top
        if text[offset:].startswith(name):
            end += len(name)
        else:
            assert name == speaker.theirs.convert_ids_to_tokens(token)
            assert not speaker.tokenizer.spell(token)
    assert end == len(text)


def meant(speaker: Speaker, tokens: Sequence[int]) -> dict[str, str]:
    """Return thought and answer of tokens whose thoughts stand between markers."""
    texts, kind, run = {"thought": "", "answer": ""}, "answer", list[int]()
    opener, closer = speaker.tokenizer.think_open, speaker.tokenizer.think_close
    before = [
        speaker.theirs.bos_token_id,
        *speaker.ids("▁Lima" if "▁Lima" in speaker.theirs.vocab else "Lima"),
    ]
    for token in (*tokens, closer):
        if token in (opener, closer):
            texts[kind] += speaker.added(before, run)
            kind, run = "thought" if token == opener else "answer", []
        else:
            run.append(token)
    return {kind: text.strip() for kind, text in texts.items()}


@pytest.mark.parametrize("seed", range(8))
def test_a_chat_has_no_thought_in_its_content(speaker: Speaker, seed: int) -> None:
    rng = Random(200 + seed)
    marks = [
        t for t in (speaker.tokenizer.think_open, speaker.tokenizer.think_close) if t is not None
    ]
    speaker.script = scraps(speaker, rng)
    for _ in range(rng.randrange(4) if marks else 0):
        speaker.script.insert(rng.randrange(len(speaker.script)), rng.choice(marks))
    choice, streamed = speaker.chat(reasoning_effort="none")
    content, thought = choice["message"]["content"], choice["message"].get("reasoning", "")
    assert streamed == {"content": content, "reasoning": thought}
    if marks:
        assert {"thought": thought, "answer": content} == meant(speaker, speaker.script)
    told = choice["logprobs"]["content"]
    assert "".join(entry["token"] for entry in told).strip() == content
    if "\ufffd" not in content:
        spelled = bytes(itertools.chain(*(entry["bytes"] for entry in told)))
        assert spelled.decode().strip() == content
    rollout = speaker.rollouts[-1]
    assert answer_text(speaker.tokenizer, rollout) == content
    assert thought_text(speaker.tokenizer, rollout) == thought


THOUGHTS = {
    "a thought": (["<think>", "7", "</think>", "4"], "7", "4"),
    "white space": (["\n", "<think>", "\n", "7", "\n", "</think>", "\n", "\n", "4"], "7", "4"),
    "two": (["<think>", "7", "</think>", "<think>", "8", "</think>", "4"], "78", "4"),
    "none": (["4"], "", "4"),
    "unclosed": (["<think>", "7", "4"], "74", ""),
    "empty": (["<think>", "</think>", "4"], "", "4"),
    "closed alone": (["</think>", "4"], "", "4"),
}


@pytest.mark.parametrize("name", THOUGHTS)
def test_thoughts_in_every_way_of_asking(speaker: Speaker, name: str) -> None:
    """Markers of one token, or spelled in letters by a model that has none."""
    script, thought, answer = THOUGHTS[name]
    speaker.script = speaker.ids(*script)
    if speaker.tokenizer.think_open is None:
        speaker.script = speaker.ids(*"".join(script))
        answer = "".join(script) if name == "closed alone" else answer
    choice, streamed = speaker.chat(reasoning_effort="none")
    assert streamed == {"content": answer, "reasoning": thought}
    assert choice["message"]["content"] == answer
    assert choice["message"].get("reasoning", "") == thought
    response = speaker.post("/responses", input="Lima", reasoning={"effort": "none"})
    texts = {item["type"]: item["content"][0]["text"] for item in response["output"]}
    assert texts == {k: t for k, t in (("reasoning", thought), ("message", answer)) if t}
    events = speaker.stream("/responses", input="Lima", reasoning={"effort": "none"})
    deltas = [e["delta"] for e in events if e["type"] == "response.output_text.delta"]
    assert "".join(deltas) == answer
    engine = Engine(speaker.decoder, markers(speaker.tokenizer), rows=1)
    asked = [{"role": "user", "content": "Lima"}]
    pieces = list(converse(engine, speaker.tokenizer, asked, Budget(think=0, answer=60)))
    told = {
        kind: "".join(p.text for p in pieces if p.kind == kind) for kind in ("thought", "answer")
    }
    assert told == {"thought": thought, "answer": answer}


@given(
    st.lists(
        st.sampled_from(["<think>", "</think>", "<", "think", ">", "/", " ", "\n", "4", "<th"])
    ),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_tags_are_found_however_text_is_cut(parts: list[str], inside: bool, random: Random) -> None:
    whole, cut = Tags(inside=inside), Tags(inside=inside)
    text, told = "".join(parts), []
    while text:
        size = random.randint(1, len(text))
        told += cut.push(text[:size])
        text = text[size:]
    told += cut.close()
    at_once = whole.push("".join(parts)) + whole.close()
    thought, answer = joined(at_once, "thought"), joined(at_once, "answer")
    assert (joined(told, "thought"), joined(told, "answer")) == (thought, answer)
    assert not answer.lstrip().startswith("<think>")


def test_a_tag_in_the_midst_of_an_answer_is_what_it_is_about(speaker: Speaker) -> None:
    text = "a <think> tag, and </think>"
    speaker.script = speaker.tokenizer.encode(text)
    choice, streamed = speaker.chat(reasoning_effort="none")
    assert choice["message"]["content"] == streamed["content"] == text


@pytest.mark.parametrize("speaker", [(maker, "none") for maker in MAKERS], indirect=True)
def test_a_thought_that_the_template_opens_in_letters(speaker: Speaker) -> None:
    speaker.script = speaker.ids(*"7\n</think>\n\n4")
    speaker.tokenizer.template, before = TEMPLATE + "<think>\n", speaker.tokenizer.template
    try:
        choice, streamed = speaker.chat()
    finally:
        speaker.tokenizer.template = before
    assert streamed == {"content": "4", "reasoning": "7"}
    assert choice["message"]["content"] == "4"


@pytest.mark.parametrize("stop", ["STOP", "T", "😀", " of", "n of"])
def test_stops_hold_across_tokens(speaker: Speaker, stop: str) -> None:
    text = "Lima is the town of 😀 STOP here"
    speaker.script = speaker.tokenizer.encode(text)
    choice, streamed = speaker.chat(stop=stop, reasoning_effort="none")
    expected = text[: text.index(stop)].strip()
    assert choice["message"]["content"] == streamed["content"] == expected
    assert choice["finish_reason"] == "stop"
    joined = "".join(entry["token"] for entry in choice["logprobs"]["content"])
    assert joined.strip().startswith(expected)
    assert len(joined) < len(expected) + 10
    (raw,) = speaker.post("/completions", prompt=PROMPT, stop=stop, logprobs=1)["choices"]
    assert all(offset < len(raw["text"]) for offset in raw["logprobs"]["text_offset"])
    assert "".join(raw["logprobs"]["tokens"]).startswith(raw["text"])
