"""What a prompt says of the thought that follows holds, however little room it leaves."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from cogitate.budget import UNMEASURED
from cogitate.serve.api import chat
from cogitate.serve.api.dialect import Ceiling
from cogitate.tokenizer import Tokenizer

BUDGETS = (16, 64, 128)
TOKENIZER = Tokenizer.bytes().with_budgets()


@pytest.mark.parametrize("taught", [BUDGETS, ()])
def test_the_budget_that_a_long_prompt_states_is_the_largest_that_fits(
    taught: tuple[int, ...],
) -> None:
    served: Any = SimpleNamespace(
        model=SimpleNamespace(tokenizer=TOKENIZER),
        ceiling=Ceiling(context=400, think=200, default=200, taught=taught),
        worker=SimpleNamespace(speed=UNMEASURED),
    )
    seen = set[int]()
    for length in range(0, 320, 7):
        body = chat.ChatBody(messages=[chat.Turn(role="user", content="x" * length)])
        (request,) = chat.read(body, served).requests
        think = request.budget.think or 0
        text = TOKENIZER.decode(request.prompt, skip_special=False)
        (stated,) = map(int, re.findall(r"think at most (\d+)", text))
        assert stated == request.budget.stated
        fitting = [budget for budget in taught if budget <= think]
        assert stated == max(fitting, default=think)
        seen.add(stated)
    assert seen >= {*taught}
    assert len(seen) >= len(BUDGETS)


def test_a_least_thought_gives_way_where_a_long_prompt_leaves_no_room() -> None:
    served: Any = SimpleNamespace(
        model=SimpleNamespace(tokenizer=TOKENIZER),
        ceiling=Ceiling(context=400, think=200, default=200, taught=BUDGETS),
        worker=SimpleNamespace(speed=UNMEASURED),
    )
    for length in range(320):
        asked = {"messages": [{"role": "user", "content": "x" * length}]}
        body = chat.ChatBody.model_validate({**asked, "min_thinking_tokens": 100})
        (request,) = chat.read(body, served).requests
        assert request.budget.min_think == min(100, request.budget.think or 0)
