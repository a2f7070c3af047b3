"""Tasks of the family `code` in the shape in which `cogitate tdd` asks."""

from cogitate.coding.scenarios import read_scenarios
from cogitate.tasks.families.code.family import Code


def test_some_tasks_are_test_files_as_tdd_asks_them() -> None:
    styles: set[str] = set()
    for seed in range(60):
        task = Code().generate("train", seed, 1)
        if "These are the tests of" not in task.question:
            continue
        name = task.metadata["name"]
        text = task.question.partition("```python\n")[2].partition("```")[0]
        assert f"Answer with the complete {name}.py" in task.question
        scenarios = read_scenarios(text, name, "test.py")
        checks = [check for one in scenarios for check in one.checks]
        assert len(checks) == len(task.metadata["visible"])
        styles |= {word for word in ("parametrize", "TestCase", "_1()") if word in text}
        code = f"from {name} import {name}\n\n\n{task.target}"  # as its tests do
        assert Code().verify(task, f"```python\n{code}\n```").reward == 1.0
    assert styles == {"parametrize", "TestCase", "_1()"}
