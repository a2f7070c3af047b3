"""A family of small sums, and a script that thinks as long as a sum is large."""

from cogitate.tokenizer import Tokenizer
from cogitate.types import Request, Task
from cogitate.verify import strict

TOKENIZER = Tokenizer.bytes()
CLOSE: int = TOKENIZER.think_close  # pyright: ignore[reportAssignmentType]


class Sums:
    """Questions "a+b=", clustered by a; level 2 from 5 on."""

    name = "sums"

    def generate(self, split, seed, level=None):
        a, b = seed % 10, seed // 10 % 10
        return Task(
            key=f"sums/{split}/{seed}",
            family="sums",
            level=level or 1 + (a >= 5),
            question=f"{a}+{b}=",
            target=str(a + b),
            metadata={"cluster": str(a)},
        )

    def verify(self, task, answer):
        return strict(task.target, answer)


class Thinker:
    """Needs `a` tokens of thought for "a+b="; cut off before, it answers 0."""

    def __call__(self, request: Request) -> list[int]:
        text = TOKENIZER.decode(request.prompt)
        a, b = (int(part.strip("= ")[-1]) for part in text.split("=")[0].split("+"))
        enough = request.budget.think is None or request.budget.think >= a
        answer = TOKENIZER.encode(str(a + b if enough else 0))
        if not TOKENIZER.decode(request.prompt, skip_special=False).endswith("<think>"):
            return [*answer, TOKENIZER.end]
        close = [CLOSE] if enough else []
        return [*TOKENIZER.encode("." * min(a, request.budget.think or a)), *close, *answer,
                TOKENIZER.end]  # fmt: skip
