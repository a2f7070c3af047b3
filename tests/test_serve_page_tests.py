"""The page's tab for tests, in a real Chromium: tests are pasted, and candidates turn green."""

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from browsing import UNNAMED, browsing, needs_chromium, noted
from cogitate.serve import make_app
from scripted import ENDLESS, ScriptedEngine, registry_of, serving_tests
from serving import listening

pytestmark = needs_chromium
TESTS = """
from shop import total


def test_some():
    assert total([1, 2]) == 3


def test_none():
    assert total([]) == 0
"""
RIGHT = "def total(prices):\n    return sum(prices)\n"
WRONG = "def total(prices):\n    return 3\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine([])


@pytest.fixture(scope="module")
def address(engine: ScriptedEngine) -> Iterator[str]:
    with serving_tests(engine) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = opened(context, address)
    problems = noted(page)
    yield page
    context.close()
    assert not problems


def opened(context: Any, address: str, **settings: Any) -> Any:
    page = context.new_page(**settings)
    page.set_default_timeout(10_000)
    page.goto(address)
    page.wait_for_selector("#model option", state="attached")
    page.click("#tests-tab")
    return page


def write(page: Any, engine: ScriptedEngine, *answers: str, tests: str = TESTS) -> None:
    engine.answers, engine.pause_s = [f"```python\n{text}```" for text in answers], 0.0
    page.fill("#pasted", tests)
    page.fill("#candidates", str(len(answers)))
    page.click("#write")


def num_tokens(text: str) -> int:
    return len(f"```python\n{text}```") + 1


def done(page: Any) -> None:
    page.wait_for_function("() => !document.querySelector('#write').disabled")


def test_candidates_turn_green_and_one_is_copied(page: Any, engine: ScriptedEngine) -> None:
    write(page, engine, WRONG, RIGHT, "def total(prices):\n    return nothing\n")
    page.wait_for_selector("#tries .green")
    done(page)
    assert page.locator("#tries .passed").all_inner_texts() == ["1 of 2", "2 of 2", "0 of 2"]
    bars = page.locator("#tries progress")
    assert bars.evaluate_all("all => all.map(bar => [bar.value, bar.max])") == [
        [1, 2], [2, 2], [0, 2]
    ]  # fmt: skip
    assert bars.nth(1).get_attribute("aria-label") == "tests that candidate 2 passes"
    states = page.locator("#tries p").all_inner_texts()
    assert states[0] == "test_none: AssertionError: total([]) == 0, but it gives 3"
    assert states[1] == "passes all tests, and is taken"
    assert "NameError: name 'nothing' is not defined" in states[2]
    assert (
        page.locator("#tries .spent").nth(1).inner_text() == f"{num_tokens(RIGHT)} tokens · 0.1 s"
    )
    assert page.inner_text("#told").startswith("Green: candidate 2 is taken.")
    assert page.inner_text("#read summary") == "2 tests to pass"
    assert page.text_content("#tries .taken code") == RIGHT
    page.click("#tries .taken button")
    page.wait_for_function("() => document.querySelector('.taken button').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == RIGHT


def test_code_is_shown_by_a_click(page: Any, engine: ScriptedEngine) -> None:
    write(page, engine, WRONG, RIGHT)
    done(page)
    code = page.locator("#tries code").first
    assert not code.is_visible()
    page.locator("#tries summary").first.click()
    assert code.is_visible()
    assert code.text_content() == WRONG
    page.locator("#tries summary").first.press("Enter")
    assert not code.is_visible()


def test_where_none_passes_it_says_so(page: Any, engine: ScriptedEngine) -> None:
    write(page, engine, WRONG, "no code")
    done(page)
    told = page.inner_text("#told")
    assert told.startswith("None of the candidates passes; the best passes 1 test.")
    assert page.locator("#tries .green").count() == page.locator("#tries button").count() == 0
    assert page.locator("#tries li").count() == 4  # of which the last two are a second round


def test_what_does_not_count_is_named(page: Any, engine: ScriptedEngine) -> None:
    more = "\n\ndef test_file(tmp_path):\n    assert total([tmp_path]) == 1\n"
    write(page, engine, RIGHT, tests=TESTS + more)
    done(page)
    assert page.inner_text("#read summary") == "2 tests to pass, 1 not read"
    page.click("#read summary")
    assert "test_file: is not read, and not run: test_shop.py:13: the argument tmp_path" in (
        page.inner_text("#read ul")
    )
    assert "1 test does not count" in page.inner_text("#told")


def test_what_goes_wrong_is_one_line(page: Any, engine: ScriptedEngine) -> None:
    write(page, engine, RIGHT, tests="def test(:")
    page.wait_for_selector("#wrong [role=alert]")
    assert page.inner_text("#wrong").startswith("the tests are no Python")
    page.fill("#module", "till")
    write(page, engine, RIGHT)
    page.wait_for_function("() => document.querySelector('#wrong').textContent.includes('till')")
    page.fill("#module", "shop")
    write(page, engine, RIGHT)
    page.wait_for_selector("#tries .taken")
    assert page.inner_text("#wrong") == ""


def test_it_is_stopped_from_the_keyboard(page: Any, engine: ScriptedEngine) -> None:
    engine.answers, engine.pause_s = [ENDLESS], 0.005
    page.fill("#pasted", TESTS)
    page.press("#pasted", "Control+Enter")
    page.wait_for_function("() => document.querySelector('#tries p')?.textContent === 'is written'")
    page.press("body", "Escape")
    done(page)
    assert page.inner_text("#told") == "Stopped."
    write(page, engine, RIGHT)  # the one that was stopped is not in its way
    page.wait_for_selector("#tries .taken")


def test_tabs_follow_the_keyboard(page: Any) -> None:
    assert page.is_visible("#tests")
    assert not page.is_visible("#chat")
    page.press("#tests-tab", "ArrowLeft")
    assert page.is_visible("#chat")
    assert not page.is_visible("#tests")
    focused = "document.activeElement.id + document.activeElement.getAttribute('aria-selected')"
    assert page.evaluate(focused) == "chat-tabtrue"
    page.press("#chat-tab", "ArrowRight")
    assert page.evaluate(focused) == "tests-tabtrue"
    assert page.get_by_role("tabpanel", name="Tests").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_it_fits_and_can_be_read(
    browser: Any, address: str, engine: ScriptedEngine, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 800}
    page = opened(browser, address, color_scheme=scheme, viewport=size)
    write(page, engine, RIGHT, WRONG)
    done(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(UNNAMED) == 0
    page.close()


def test_without_leave_there_is_no_tab() -> None:
    with listening(make_app(registry_of(ScriptedEngine([])))) as port:
        assert "tab" not in httpx.get(f"http://127.0.0.1:{port}/").text.split("<body>")[1]
