r"""Questions and replies of a model's own, so that training on other tasks forgets nothing.

    "<|im_start|>user\n" -> "What is the capital of Peru?" -> "The capital of Peru is Lima." twice

The model writes the user's turn itself, behind its template's opening (Magpie, arXiv 2406.08464)
and mostly a word or two, without which a small model asks little but about code. Each question is
then answered greedily and once more at temperature `_SECOND`; it is kept if both answers end and
say the same.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path

from cogitate.disk import append_line
from cogitate.errors import UsageError
from cogitate.prompt import answer_text, conversation, prompt_tokens
from cogitate.protocols import Sampler
from cogitate.seeds import derive
from cogitate.tasks.contamination import shares_words
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, End, Request

SYSTEMS = (
    None,
    "You are a helpful assistant who answers questions about geography, history and science.",
    "You are a friendly assistant who chats with people about their day.",
    "You are an assistant who answers short questions of general knowledge in one sentence.",
    "You are an assistant who explains words, translates, and corrects sentences.",
    "You are an assistant who gives advice on everyday life.",
    "You are an assistant who writes small functions in Python.",
)
"""What the model is told before it writes a question; the replies are to the question alone."""
BEGINNINGS = (
    "", "What is the", "Who was", "Where is", "When did", "Why do", "How do I", "How many", "Which",
    "Can you", "Is it", "Explain", "Give me", "Name", "Translate", "Write a", "Tell me about",
    "What does the word", "What's the difference between", "Hello", "Hi, I", "Thank you", "I am",
    "I feel", "My", "Please", "Which country", "Which continent", "Who wrote", "Who invented",
    "Who painted", "Who discovered", "In which", "What year", "What color", "What is the name of",
    "What is the largest", "What is the opposite of", "What is the plural of", "What animal",
    "Which planet", "Which river", "Where was", "What do you call", "What kind of", "Who is",
    "What does", "When was", "How long", "What sport",
)  # fmt: skip
"""How a question begins; the model writes the rest."""
BATCH = 128
"""Questions that are asked at a time."""
_QUESTION = 80
"""Most tokens of a question."""
_ASKING, _SECOND = 0.8, 0.5
"""Temperatures of a question, and of its second answer."""
_SAME = 0.7
"""Least similarity of two answers that say the same, by their words."""
_MARK = "\N{REFERENCE MARK}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A question that a model wrote, and its answer.

    Example: Reply(question="What is the capital of Peru?", answer="Lima.", model="mini-base")
    """

    question: str
    answer: str
    model: str
    """Who wrote both."""


def draw(
    sampler: Sampler,
    tokenizer: Tokenizer,
    *,
    answer: int,
    seed: int,
    asked: Iterable[str] = (),
    without: Iterable[str] = (),
) -> Iterator[list[tuple[str, str]]]:
    """Yield the questions and answers that are kept of one batch after the other, without end.

    Args:
        sampler: of the model.
        tokenizer: its tokenizer.
        answer: most tokens of a reply.
        seed: decides all draws.
        asked: questions of an earlier call, which are not asked again.
        without: parts of words; what has one in question or answer is left out.
    """
    left_out = tuple(word.casefold() for word in without)
    known = set(asked)
    number = len(known)  # mostly other batches than those of the earlier calls
    while True:
        questions = [text for text in _questions(sampler, tokenizer, seed, number)
                     if text not in known]  # fmt: skip
        known.update(questions)
        kept = _answered(sampler, tokenizer, questions, answer, derive(seed, "reply", number))
        yield [one for one in kept if not _has_any(left_out, *one)]
        number += 1


def same(one: str, other: str) -> bool:
    """Return whether two answers say the same, by their words in order."""
    words = (one.casefold().split(), other.casefold().split())
    return SequenceMatcher(None, *words, autojunk=False).ratio() >= _SAME


def _questions(sampler: Sampler, tokenizer: Tokenizer, seed: int, number: int) -> list[str]:
    """Return different questions of one batch that are fit to be asked."""
    budget = Budget(think=0, answer=_QUESTION, break_loops=True)
    openings = [_opening(tokenizer, system) for system in SYSTEMS]
    beginnings = [tokenizer.encode(BEGINNINGS[(number * BATCH + place) % len(BEGINNINGS)])
                  for place in range(BATCH)]  # fmt: skip
    found = sampler.sample(
        [
            Request(
                prompt=(*openings[place % len(openings)], *beginning),
                budget=budget,
                temperature=_ASKING,
                seed=derive(seed, "question", number, place),
            )
            for place, beginning in enumerate(beginnings)
        ]
    )
    texts = [
        _first_paragraph(tokenizer.decode((*beginning, *rollout.answer)))
        for beginning, rollout in zip(beginnings, found, strict=True)
        if rollout.end is End.DONE
    ]
    fit = (text for text in texts if any(map(str.isalpha, text)) and not shares_words(text, ""))
    return list(dict.fromkeys(fit))


def _first_paragraph(text: str) -> str:
    """Return a question without what a small model goes on with: options, and its own answer."""
    return text.strip().partition("\n\n")[0]


def _answered(
    sampler: Sampler, tokenizer: Tokenizer, questions: Sequence[str], answer: int, seed: int
) -> list[tuple[str, str]]:
    """Return the questions that are answered twice in the same way, with the greedy answers."""
    budget = Budget(think=0, answer=answer, break_loops=True)

    def replies_to(texts: Iterable[str], temperature: float) -> dict[str, str]:
        """Return the answers that end, by question."""
        requests = {
            text: Request(
                prompt=prompt_tokens(tokenizer, text, budget),
                budget=budget,
                temperature=temperature,
                seed=derive(seed, place),
            )
            for place, text in enumerate(texts)
        }
        found = zip(requests, sampler.sample(list(requests.values())), strict=True)
        return {text: answer_text(tokenizer, rollout)
                for text, rollout in found if rollout.end is End.DONE}  # fmt: skip

    greedy = {text: reply for text, reply in replies_to(questions, 0.0).items() if reply}
    second = replies_to(greedy, _SECOND)
    return [(text, reply) for text, reply in greedy.items()
            if text in second and same(reply, second[text])]  # fmt: skip


def _has_any(words: Iterable[str], *texts: str) -> bool:
    return any(word in text.casefold() for word in words for text in texts)


def _opening(tokenizer: Tokenizer, system: str | None) -> tuple[int, ...]:
    """Return the ids of a prompt up to where the user's text begins."""
    text = tokenizer.chat(conversation(_MARK, system))
    return tuple(tokenizer.encode_markup(text.partition(_MARK)[0]))


def read(path: Path, model: str) -> list[Reply]:
    """Return the replies of a file that `add` wrote for a model; none where there is no file.

    Raises:
        UsageError: the file is not one of these.
    """
    try:
        lines = path.read_text("utf-8").split("\n") if path.exists() else []
        found = [Reply(**json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path} is no file of replies: name another") from error
    for other in {one.model for one in found} - {model}:
        raise UsageError(f"{path} has replies of {other}: name another file for {model}")
    return found


def add(path: Path, new: Sequence[Reply]) -> None:
    """Append replies to a file, which is a family of questions and answers."""
    for one in new:
        append_line(path, json.dumps(asdict(one), ensure_ascii=False))
