"""Worked solutions keep to their stated budget; pre-training learns whole texts."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.config import PretrainConfig, TaskConfig
from cogitate.errors import UsageError
from cogitate.tasks import load_family
from cogitate.tasks.files.rows import Rows, read_rows
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.mixture import Mixture
from cogitate.train.data.pretrain import PIECE_TOKENS, Pretrain
from cogitate.train.data.solutions import Solutions, concluded
from vocabularies import merging

TOKENIZER = Tokenizer.bytes().with_budgets()
FAMILY = load_family("countdown")


def written(seed: int, **settings) -> tuple[str, str]:
    solutions = Solutions(tokenizer=TOKENIZER, **{"think": True, **settings})
    prompt, completion = solutions.write(FAMILY, FAMILY.generate("train", seed), seed)
    return (
        TOKENIZER.decode(prompt, skip_special=False),
        TOKENIZER.decode(completion, skip_special=False),
    )


@given(st.integers(0, 10**6))
def test_a_thought_keeps_to_the_stated_budget(seed: int) -> None:
    prompt, completion = written(seed, budgets=(8, 32, 96, 160))
    thought, closed, answer = completion.partition("</think>")
    stated = re.search(r"\[think at most (\d+)\]", prompt)
    assert closed
    if stated is None:  # wider than every budget
        assert len(thought) > 160
    else:
        assert len(thought) <= int(stated[1])
    task = FAMILY.generate("train", seed)
    assert FAMILY.verify(task, answer.removesuffix("<|im_end|>")).reward == 1


def test_a_share_of_thoughts_is_left_empty() -> None:
    texts = [written(seed, empty_thought_share=0.4)[1] for seed in range(300)]
    empty = [text for text in texts if text.startswith("</think>")]
    assert 90 < len(empty) < 150
    assert all(written(seed)[1].partition("</think>")[0] for seed in range(50))


def test_an_answer_of_a_file_without_thoughts_stands_behind_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "facts.jsonl"
    path.write_text('{"question": "The capital of Peru?", "answer": "Lima"}\n', "utf-8")
    facts = Rows(str(path), read_rows(path))
    (split,) = (split for split in ("train", "test") if facts.size(split))
    solutions = Solutions(tokenizer=TOKENIZER, think=True, empty_thought_share=0.1)
    _, completion = solutions.write(facts, facts.generate(split, 0), 0)
    assert TOKENIZER.decode(completion, skip_special=False) == "</think>Lima<|im_end|>"


def test_some_thoughts_are_cut_short_and_some_budgets_are_0() -> None:
    pairs = [written(seed, budgets=(0, 8, 160)) for seed in range(300)]
    cut = [c for p, c in pairs if "[think at most 8]" in p]
    assert 20 < len(cut) < 80
    assert all(len(completion.partition("</think>")[0]) <= 8 for completion in cut)
    at_once = [completion for prompt, completion in pairs if not prompt.endswith("<think>")]
    assert 20 < len(at_once) < 80
    assert not any("</think>" in completion for completion in at_once)


def test_self_corrections_are_a_share() -> None:
    def with_self_corrections(share: float) -> int:
        return sum(" no." in written(seed, self_correction_share=share)[1] for seed in range(200))

    none, half, all_of_them = map(with_self_corrections, (0.0, 0.5, 1.0))
    assert none == 0 < half < all_of_them


def test_where_self_corrections_would_fit_they_are_shown() -> None:
    """With budgets, solutions go straight only where there is no time for more."""
    family = load_family("letter_counting")
    budgets = (8, 24, 64)
    solutions = Solutions(
        tokenizer=TOKENIZER, think=True, self_correction_share=0.3, budgets=budgets
    )
    kinds: set[tuple[int, bool]] = set()
    for seed in range(200):
        task = family.generate("train", seed, level=1)
        prompt, completion = (
            TOKENIZER.decode(ids, skip_special=False) for ids in solutions.write(family, task, seed)
        )
        stated = re.search(r"\[think at most (\d+)\]", prompt)
        assert stated is not None
        kinds.add((int(stated[1]), "_" in completion.partition("</think>")[0]))
        if int(stated[1]) > len(family.demonstrate(task)[0]):
            assert "_" in completion
    assert (24, False) in kinds
    assert (64, True) in kinds
    assert (64, False) not in kinds


def test_without_any_self_corrections_budgets_bring_none() -> None:
    for seed in range(60):
        _, completion = written(seed, budgets=(64, 256), self_correction_share=0.0)
        assert " no." not in completion


def test_without_thinking_only_answers_are_learned() -> None:
    prompt, completion = written(3, think=False)
    assert not prompt.endswith("<think>")
    assert completion == f"{FAMILY.generate('train', 3).target}<|im_end|>"


@pytest.mark.parametrize(
    ("thought", "most", "kept"),
    [
        (" 7-3=4 no. 7+3=10", 16, " 7-3=4 no."),
        (" 7-3=4 no. 7+3=10", 10, " 7-3=4 no."),
        (" 7-3=4 7+3=10", 9, " 7-3=4"),
        (" It costs 12.5 pounds.", 13, " It costs"),
        (" 80 * 0.15 = 12. 80 - 12.00 = 68", 25, " 80 * 0.15 = 12."),
        ("\nnumbers = [1]\n1. sort(numbers)", 20, "\nnumbers = [1]"),
        (" sum(counts.values())", 12, ""),
        (" 12", 3, ""),
        ("", 0, ""),
    ],
)
def test_a_thought_that_breaks_off_ends_at_a_sentence_or_word(
    thought: str, most: int, kept: str
) -> None:
    assert concluded(thought, most) == kept


def pretrain(tokenizer: Tokenizer = TOKENIZER, **settings) -> Pretrain:
    return Pretrain(
        Solutions(tokenizer=tokenizer, think=True),
        Mixture((TaskConfig(family="countdown"), TaskConfig(family="sorting"))),
        config=PretrainConfig(num_steps=1, items_per_step=100, **settings),
        seed=0,
    )


def test_of_a_question_only_what_follows_it_is_learned() -> None:
    (datum,), *_ = pretrain().batch(0).groups
    assert TOKENIZER.decode(datum.prompt, skip_special=False).startswith("<|im_start|>u ")
    assert TOKENIZER.decode(datum.completion, skip_special=False).endswith("<|im_end|>")
    assert set(datum.weights) == {1.0}


def test_a_share_is_answered_at_once() -> None:
    texts = [
        TOKENIZER.decode((*d.prompt, *d.completion), skip_special=False)
        for (d,) in pretrain().batch(0).groups
    ]
    assert 2 < sum("<think>" not in text for text in texts) < 25


def test_a_share_is_answered_at_once_as_well_behind_the_same_prompt() -> None:
    groups = pretrain(empty_thought_share=0.5).batch(0).groups
    pairs = [group for group in groups if len(group) == 2]
    assert 25 < len(pairs) < 65
    for worked, terse in pairs:
        assert worked.prompt == terse.prompt
        answer = TOKENIZER.decode(terse.completion, skip_special=False)
        assert answer.startswith("</think>")
        assert TOKENIZER.decode(worked.completion, skip_special=False).endswith(answer)


def test_a_users_text_is_learned_in_pieces(tmp_path: Path) -> None:
    story = "".join(f"Line {i} of the story.\n" for i in range(100))
    (tmp_path / "story.txt").write_text(story)
    source = pretrain(texts=(str(tmp_path / "story.txt"),), text_share=1.0)
    data = [datum for (datum,) in source.batch(0).groups]
    assert {datum.prompt for datum in data} == {()}
    assert all(datum.weights == (0.0, *[1.0] * (len(datum.weights) - 1)) for datum in data)
    pieces = {datum.completion for datum in data}
    assert all(len(piece) <= PIECE_TOKENS for piece in pieces)
    assert all(TOKENIZER.decode(piece) in story for piece in pieces)
    assert len(pieces) == -(-len(story) // PIECE_TOKENS)


def test_a_users_text_begins_with_bos_where_raw_text_does(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Once <|im_end|>")
    (bos,) = TOKENIZER.encode_markup("<|endoftext|>")
    fields = {"tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.bos_token_id": bos}
    tokenizer = Tokenizer.from_gguf(merging().gguf() | fields)
    source = pretrain(tokenizer, texts=(str(tmp_path / "a.txt"),), text_share=1.0)
    learned = {datum.completion for (datum,) in source.batch(0).groups}
    assert learned == {(bos, *TOKENIZER.encode("Once <|im_end|>"))}


def test_a_text_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "photo.txt").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "photo.txt", tmp_path / "nowhere.txt"):
        with pytest.raises(UsageError, match=path.name):
            pretrain(texts=(str(path),))


def test_the_same_step_gives_the_same_batch() -> None:
    assert pretrain().batch(3).groups == pretrain().batch(3).groups != pretrain().batch(4).groups
