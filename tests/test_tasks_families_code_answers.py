"""From an answer to its program: which block counts, and where an answer ends."""

from functools import cache

import pytest

from cogitate.evaluate import EvalSpec
from cogitate.evaluate.scoring import score
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.tasks import load_family
from cogitate.tasks.families.code.answers import NoProgram, program_of
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Request


@pytest.mark.parametrize(
    ("answer", "program"),
    [
        ("x = 1", "x = 1\n"),
        ("Here:\n```python\nx = 1\n```\nDone.", "x = 1\n"),
        ("```\nx = 1\n```\nBetter:\n~~~py\nx = 2\n~~~", "x = 2\n"),
        ("- so\n  ```python\n  if x:\n      y = 1\n  ```", "if x:\n    y = 1\n"),
        ("```\npython\n\nx = 1\n```", "x = 1\n"),
        ("```\npython = 1\n```", "python = 1\n"),
        ("````\nx = '''\n```\n'''\n````", "x = '''\n```\n'''\n"),
        ("```python\nx = 1\n```</think>x = 3", "x = 3\n"),
        ('```python\ny: tuple[int, ...]\nz = "..."\n```', 'y: tuple[int, ...]\nz = "..."\n'),
    ],
)  # fmt: skip
def test_the_program_is_the_last_block(answer: str, program: str) -> None:
    assert program_of(answer) == program


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "no code"),
        ("```python\n```", "no code"),
        ("```python\nx = 1", "not closed"),
        ("```\nx = 1\n```\n```\nx = 2", "not closed"),
        ("def f(x):\n    # ... rest of the code\n    return x", "left out"),
        ("def f(x):\n    ...\n    return x", "left out"),
        ("def f(x):\n    # same as before\n    return x", "left out"),
        ("def f(x):\n    # existing code…\n    return x", "left out"),
    ],
)
def test_an_answer_without_a_whole_program_says_so(answer: str, why: str) -> None:
    with pytest.raises(NoProgram, match=why):
        program_of(answer)


@pytest.mark.parametrize("end", ["", "\n```", "\n```\nDone."])
def test_where_it_may_be_ragged_what_parses_counts(end: str) -> None:
    """A comment that goes over two lines, as models write behind a function."""
    code = "def f():\n    return 1"
    answer = f"```python\n{code}\n\nprint(f())  # [1,\n     2]{end}"
    assert program_of(answer, may_be_ragged=True) == f"{code}\n\nprint(f())  # [1,\n"
    with pytest.raises(NoProgram):
        program_of("```python\ndef f(:\n```", may_be_ragged=True)


loaded = cache(load_family)


@pytest.mark.parametrize("fence", ["```python", "```", "~~~~py"])
@pytest.mark.parametrize("name", ["code", "bugfix", "modules", "code:turns=2", "humaneval"])
def test_an_answer_ends_with_its_first_block(name: str, fence: str) -> None:
    family, tokenizer = loaded(name), Tokenizer.bytes()
    task = family.generate("test", 0)
    block = f"So:\n{fence}\n{task.target}\n{fence.rstrip('python')}\n"

    def script(request: Request) -> list[int]:
        return [*tokenizer.encode(f"{block}```python\nprint(1)\n```\n"), tokenizer.end]

    sampler = ScriptedSampler(script, markers(tokenizer), context=10_000)
    result = score(sampler, tokenizer, family, EvalSpec(n=1, budget=Budget(think=0)))
    assert [record.answer for record in result.records] == [block.strip()]
    assert result.strict.mean == (0 if name == "bugfix" and task.metadata["asks"] else 1)
