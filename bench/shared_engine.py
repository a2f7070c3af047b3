"""Several problems at once, whose answers one engine computes together.

asks = asker("qwen2.5-coder-0.5b", samples=8, at_once=4, answer=768)
for row in together(lambda problem: solve(problem, asks()), problems, at_once=4): ...
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TypeVar

from cogitate.protocols import Engine
from cogitate.runs.opening import load
from cogitate.types import Event, Request
from cogitate.work.asking import LocalModel
from cogitate.work.solving import Model

Came = SimpleQueue[tuple[int, Event] | Exception]
Item = TypeVar("Item")
Result = TypeVar("Result")


def asker(
    name: str, *, samples: int, at_once: int, answer: int, think: str = "none",
    one_block: bool = False,
) -> Callable[[], Model]:  # fmt: skip
    """Return what gives each thread its model; all of them share one engine."""
    loaded = load(name, sealed=True)
    engine = loaded.engine(samples * at_once)
    budget = replace(loaded.budget(think, min(answer, loaded.context)), one_block=one_block)
    budget = loaded.stated(budget, engine)
    shared = SharedEngine(engine)
    return lambda: LocalModel(shared.generate, loaded.tokenizer, budget)


def together(
    solve: Callable[[Item], Result], problems: Iterable[Item], at_once: int
) -> Iterator[Result]:
    """Yield what comes of each problem, as they end."""
    with ThreadPoolExecutor(at_once) as threads:
        begun = [threads.submit(solve, problem) for problem in problems]
        try:
            for one in as_completed(begun):
                yield one.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


class SharedEngine:
    """Steps an engine in a thread of its own while there are requests."""

    def __init__(self, engine: Engine) -> None:
        """Start the thread; nothing else may step the engine."""
        self._engine = engine
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._running: dict[int, tuple[int, Came]] = {}
        """Id in the engine -> index among the requests of its thread, and where events go."""
        threading.Thread(target=self._loop, daemon=True).start()

    def generate(self, requests: Sequence[Request]) -> Generator[tuple[int, Event]]:
        """Run requests beside those of other threads; see `work.asking.Generate`.

        Raises:
            Exception: what the engine raised, for these requests or in a step.
        """
        came: Came = SimpleQueue()
        left = set(range(len(requests)))
        self._inbox.put(lambda: self._submit(requests, came))
        try:
            while left:
                told = came.get()
                if isinstance(told, Exception):
                    raise told
                index, event = told
                if event.rollout is not None:
                    left.remove(index)
                yield index, event
        finally:
            self._inbox.put(lambda: self._cancel(came))

    def _loop(self) -> None:
        while True:
            self._take_in()
            try:
                events = list(self._engine.step())
            except Exception as error:  # noqa: BLE001 - whoever waits for an answer raises it
                for _, came in self._running.values():
                    came.put(error)
                self._running.clear()
                continue
            for event in events:
                if (place := self._running.get(event.request_id)) is None:
                    continue
                if event.rollout is not None:
                    del self._running[event.request_id]
                index, came = place
                came.put((index, event))

    def _take_in(self) -> None:
        """Do what threads ask for; wait where nothing runs."""
        while True:
            try:
                do = self._inbox.get(block=not self._running)
            except Empty:
                return
            do()

    def _submit(self, requests: Sequence[Request], came: Came) -> None:
        try:
            numbers = self._engine.submit_all(requests)
        except Exception as error:  # noqa: BLE001 - whoever asked raises it
            came.put(error)
            return
        for index, number in enumerate(numbers):
            self._running[number] = index, came

    def _cancel(self, came: Came) -> None:
        for number in [number for number, place in self._running.items() if place[1] is came]:
            del self._running[number]
            self._engine.cancel(number)
