"""The page, in a real Chromium: what a person does with it and sees."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from browsing import UNNAMED, browsing, needs_chromium, noted
from serving import serving

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as address:
        yield address.removesuffix("v1")


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    page = browser.new_page()
    page.set_default_timeout(10_000)
    problems = noted(page)
    page.on("request", lambda asked: problems.append(asked.url) if not asked.url.startswith(
        (address, "data:")) else None)  # fmt: skip
    page.goto(address)
    page.wait_for_selector("#model option", state="attached")
    yield page
    page.close()
    assert not problems


def ask(page: Any, question: str) -> None:
    page.fill("#question", question)
    page.press("#question", "Enter")


def done(page: Any, num: int = 1) -> None:
    """Wait until each of so many replies tells what it took."""
    page.wait_for_function(
        "num => document.querySelectorAll('.numbers').length === num &&"
        " [...document.querySelectorAll('.numbers')].every(p => p.textContent.includes('ended'))"
        " && document.querySelector('#stop').disabled",
        arg=num,
    )


def test_a_question_is_answered_with_its_thought(page: Any) -> None:
    ask(page, "What is 478 + 356?")
    done(page)
    assert page.inner_text(".answer") == "834"
    assert "8+6=14" in page.inner_text(".thought")
    assert re.search(r"\d+ tokens of thought, ended: natural · \d+\.\d\d s · \d+ tokens/s",
                     page.inner_text(".numbers"))  # fmt: skip
    page.click("summary")
    assert not page.is_visible(".thought")


def test_effort_none_has_no_thought(page: Any) -> None:
    page.fill("#effort", "0")
    assert page.inner_text("#effort-value") == "none"
    ask(page, "What is 478 + 356?")
    done(page)
    assert page.locator(".thought").count() == 0
    assert page.inner_text(".answer")


def test_several_thoughts_vote(page: Any) -> None:
    page.fill("#samples", "2")
    assert page.inner_text("#samples-value") == "4, and a vote"
    ask(page, "What is 17 + 25?")
    done(page, 4)
    page.wait_for_selector("#votes li")
    lines = [line.split() for line in page.locator("#votes li").all_inner_texts()]
    counts = [int(count) for *_, count, _, _ in lines]
    assert sum(counts) == 4
    assert counts == sorted(counts, reverse=True)


def test_budgets_stand_side_by_side(page: Any) -> None:
    page.fill("#question", "What is 478 + 356?")
    page.click("#compare")
    done(page, 4)
    titles = page.locator("article h2").all_inner_texts()
    assert titles == [
        "without a thought",
        *(f"at most {n} tokens of thought" for n in (16, 64, 256)),
    ]


def test_a_conversation_goes_on(page: Any, address: str) -> None:
    found = {"object": "list", "data": [{"id": "mini", "cogitate": {"converses": True}}]}
    page.route("**/v1/models", lambda route: route.fulfill(json=found))
    page.goto(address)
    page.wait_for_selector("#model option", state="attached")
    asked: list[Any] = []
    page.on("request", lambda one: asked.append(one.post_data_json["messages"])
            if one.method == "POST" else None)  # fmt: skip
    for question in ("What is 478 + 356?", "What is 17 + 25?", "What is 17 + 25?"):
        ask(page, question)
        done(page, page.locator("#conversation article").count() + 1)
    first = [
        {"role": "user", "content": "What is 478 + 356?"},
        {"role": "assistant", "content": "834"},
    ]
    last = {"role": "user", "content": "What is 17 + 25?"}
    assert asked == [first[:1], [*first, last], [*first, last]]
    assert page.inner_text("#conversation .asked") == first[0]["content"]
    assert page.inner_text("#conversation .answer") == "834"
    assert not page.is_visible("#conversation .thought")
    page.click("#anew")
    assert not page.locator("article").count()
    assert not page.is_visible("#asked")
    ask(page, "What is 17 + 25?")
    done(page)
    assert asked[-1] == [last]


def test_a_model_that_never_saw_a_conversation_takes_each_question_for_itself(page: Any) -> None:
    for question in ("What is 478 + 356?", "What is 17 + 25?"):
        ask(page, question)
        done(page, page.locator("#conversation article").count() + 1)
    assert page.locator("#conversation .answer").inner_text() == "834"
    assert page.inner_text("#replies .answer") == "42"
    assert "each question for itself" in page.inner_text("#goes-on")


def test_half_an_answer_is_no_part_of_the_conversation(page: Any) -> None:
    half = 'data: {"choices": [{"index": 0, "delta": {"content": "83"}}]}\n\n'
    page.route("**/v1/chat/completions", lambda route: route.fulfill(body=half))
    ask(page, "What is 478 + 356?")
    page.wait_for_function("() => document.querySelector('#stop').disabled")
    assert page.inner_text(".answer") == "83"
    page.unroute("**/v1/chat/completions")
    ask(page, "What is 17 + 25?")
    done(page)
    assert not page.locator("#conversation article").count()


def test_an_answer_stays_where_the_same_question_is_stopped_or_compared(page: Any) -> None:
    ask(page, "What is 478 + 356?")
    done(page)
    page.fill("#samples", "5")
    page.fill("#question", "What is 478 + 356?")
    page.evaluate("() => { $('form').requestSubmit(); $('stop').click(); }")  # at once
    page.wait_for_function("() => document.querySelector('#stop').disabled")
    assert page.locator("#replies .answer").first.inner_text() == "834"
    page.click("#compare")
    done(page, 5)
    assert page.locator("#replies .answer").first.inner_text() == "834"
    page.fill("#samples", "0")
    ask(page, "What is 17 + 25?")
    done(page, 2)
    assert page.inner_text("#conversation .answer") == "834"


def test_a_clock_runs_against_the_deadline(page: Any) -> None:
    page.fill("#deadline", "4")
    ask(page, "What is 478 + 356?")
    done(page)
    assert page.is_visible("#clock")
    assert re.fullmatch(r"\d\.\d of 2 s", page.inner_text("#time-value"))


def test_what_goes_wrong_is_shown(page: Any) -> None:
    ask(page, "x " * 4000)
    page.wait_for_selector("[role=alert]")
    assert "too short" in page.inner_text("[role=alert]")


def test_it_can_be_stopped_from_the_keyboard(page: Any) -> None:
    page.fill("#samples", "5")
    ask(page, "Reach 950 with 3, 5, 7 and 9, each used once.")
    page.wait_for_selector(".thought", state="attached")
    page.press("body", "Escape")
    page.wait_for_function("document.querySelector('#stop').disabled")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_it_fits_and_can_be_read(browser: Any, address: str, scheme: str, width: int) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.set_default_timeout(10_000)
    page.goto(address)
    page.fill("#samples", "1")
    ask(page, "What is 478 + 356?")
    done(page, 2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(UNNAMED) == 0
    page.close()
