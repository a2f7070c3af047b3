"""Text from tokens, over a real server whose models say what a script has them say.

The text is what transformers makes of the same ids, streamed or not, in one piece or token by
token; and no thought is content, whoever opened it.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.ask import converse
from cogitate.engine.engine import Engine
from cogitate.prompt import TagSplitter, answer_text, thought_text
from cogitate.rollout.local import markers
from cogitate.serve import make_app
from cogitate.types import Budget
from serving import listening
from speaking import TEMPLATE, Speaker, byte_level, metaspace, sentencepiece, unstripped

PROMPT = "Lima is"
MAKERS = (sentencepiece, unstripped, metaspace, byte_level)
MARKS = {"none": None, "special": True, "plain": False}
"""Whether the markers of a thought are tokens, and special ones."""


@pytest.fixture(
    scope="module", params=itertools.product(MAKERS, MARKS), ids=lambda p: f"{p[0].__name__}-{p[1]}"
)
def speaker(request: Any) -> Iterator[Speaker]:
    maker, marks = request.param
    speaker = Speaker(maker(), MARKS[marks])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Engine, "_choose", lambda *args: speaker.say(*args))
        with listening(make_app(speaker.registry())) as port:
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
    logprobs, text = choice["logprobs"], choice["text"]
    (plain,) = speaker.post("/completions", prompt=prompt)["choices"]
    first = logprobs["text_offset"][len(prompt)]
    assert text[first:] == plain["text"]
    assert text[:first] == speaker.theirs.decode(prompt)
    check_tokens(speaker, logprobs, text, (*prompt, *speaker.script, speaker.tokenizer.end))
    scores = speaker.rollouts[0].prompt_scores
    for place, (_, best, _) in enumerate(scores, 1):
        named = speaker.tokenizer.pieces([best], prompt[:place], skip_special=False)
        assert set(logprobs["top_logprobs"][place]) == {logprobs["tokens"][place], *named}


def check_tokens(
    speaker: Speaker, logprobs: Mapping[str, Any], text: str, tokens: Sequence[int]
) -> None:
    """See that tokens, put where they are said to stand, are the text."""
    assert len(logprobs["tokens"]) == len(tokens)
    end = 0
    for token, name, offset, top in zip(
        tokens, logprobs["tokens"], logprobs["text_offset"], logprobs["top_logprobs"], strict=True
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
    entries = choice["logprobs"]["content"]
    assert "".join(entry["token"] for entry in entries).strip() == content
    if "\ufffd" not in content:
        spelled = bytes(itertools.chain(*(entry["bytes"] for entry in entries)))
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
    texts = {
        kind: "".join(p.text for p in pieces if p.kind == kind) for kind in ("thought", "answer")
    }
    assert texts == {"thought": thought, "answer": answer}


def joined(spans: Sequence[tuple[str, str]], kind: str) -> str:
    return "".join(text for of, text in spans if of == kind)


@given(
    st.lists(
        st.sampled_from(["<think>", "</think>", "<", "think", ">", "/", " ", "\n", "4", "<th"])
    ),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_tags_are_found_however_text_is_cut(parts: list[str], inside: bool, random: Random) -> None:
    whole, cut = TagSplitter(inside=inside), TagSplitter(inside=inside)
    text, spans = "".join(parts), []
    while text:
        size = random.randint(1, len(text))
        spans += cut.push(text[:size])
        text = text[size:]
    spans += cut.close()
    at_once = whole.push("".join(parts)) + whole.close()
    thought, answer = joined(at_once, "thought"), joined(at_once, "answer")
    assert (joined(spans, "thought"), joined(spans, "answer")) == (thought, answer)
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
