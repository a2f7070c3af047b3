"""What a file's rows mean: each shape of the field's files is understood, or refused in a line."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cogitate.cli import main
from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks import Demonstrates, check, load_family, open_family
from cogitate.tasks.files.rows import Row, read_rows
from cogitate.types import Task
from cogitate.verify import judge

GSM8K = r'{"question": "Ann has 3.", "answer": "3 + 5 = <<3+5=8>>8.\nSo $1,008.\n#### 1,008"}'
MATH = r'{"question": "Half?", "answer": "It is $\\boxed{\\frac{1}{2}}$, a half."}'


def read(folder: Path, name: str, text: str | bytes) -> list[Row]:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rows(folder / name)


UNDERSTOOD = [
    ("jsonl", '{"question": "a", "answer": 0.00001}', "0.00001"),
    ("jsonl", '{"question": "a", "answer": 0.1234567890123456789012345}',
     "0.1234567890123456789012345"),
    ("jsonl", '{"question": "a", "answer": 1234567890123456789012345}',
     "1234567890123456789012345"),
    ("jsonl", '{"question": "a", "answer": 1e400}', "1e400"),
    ("jsonl", f'{{"question": "a", "answer": {"1" * 5000}}}', "1" * 5000),
    ("jsonl", f'{{"question": "a", "answer": 0.{"1" * 2000}}}', "0." + "1" * 2000),
    ("jsonl", '{"question": "a", "answer": 2.50}', "2.50"),
    ("jsonl", '{"question": "a", "answer": true}', "true"),
    ("jsonl", '{" Question": "a", "ANSWER ": "b"}', "b"),
    ("jsonl", '\ufeff{"question": "a", "answer": "b"}\r\n\r\n', "b"),
    ("jsonl", GSM8K, "1,008"),
    ("jsonl", '{"question": "a", "answer": "#### 8"}', "8"),
    ("jsonl", '{"question": "a", "answer": "#### A heading"}', "#### A heading"),
    ("jsonl", '{"question": "a", "answer": "##### 5"}', "##### 5"),
    ("jsonl", '{"question": "a", "answer": "so 8. #### $8"}', "$8"),
    ("jsonl", '{"question": "a", "answer": "so\\n#### x = 2\\n"}', "x = 2"),
    ("jsonl", '{"question": "a", "answer": "Use #### for it"}', "Use #### for it"),
    ("jsonl", MATH, r"\frac{1}{2}"),
    ("jsonl", r'{"question": "a", "answer": "\\boxed{x_{1}}"}', "x_{1}"),
    ("jsonl", '{"question": "a", "answer": "<think>\\nHm.\\n</think>\\n42"}', "42"),
    ("jsonl", '{"question": "a", "answer": "Hm.</think>so\\n#### 42"}', "42"),
    ("jsonl", '{"question": "a", "answer": "<Reasoning>Hm.</Reasoning>42"}', "42"),
    ("csv", 'question,answer\n"a", "b"\n', "b"),
    ("csv", 'question, answer\na, " b, c "\n', "b, c"),
    ("csv", "\ufeffQuestion , ANSWER\r\na,b\r\n\r\n , \r\n", "b"),
    ("csv", "question,answer,\na,b,\n", "b"),
    ("csv", ",question,answer\n0,a,b\n", "b"),
    ("csv", "question,answer,level\na,b,5.0\n", "b"),
    ("csv", 'question,answer\na,"b ""c""\nd"\n', 'b "c"\nd'),
    ("csv", 'question,answer\na,"12,500.50"\n', "12,500.50"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "answer"), UNDERSTOOD)
def test_understood(tmp_path: Path, kind: str, text: str, answer: str) -> None:
    (row,) = read(tmp_path, f"a.{kind}", text)
    assert row.answer == answer


REFUSED = [
    ("jsonl", '{"question": "a", "answer": NaN}', "line 1: not JSON: it has no NaN"),
    ("jsonl", '{"question": "a", "answer": 1, "more": [-Infinity]}', "it has no -Infinity"),
    ("jsonl", '{"question": "a", "answer": 1, "answer": 2}', "duplicate key 'answer'"),
    ("jsonl", '{"question": "a", "answer": 1, "x": {"y": 1, "y": 2}}', "duplicate key 'y'"),
    ("jsonl", '{"question": "a", "answer": 1, "Answer": 2}', "duplicate column 'answer'"),
    ("jsonl", '[\n{"question": "a", "answer": 1}\n]', "line 1: not JSON"),
    ("jsonl", '[{"question": "a", "answer": 1}]', "line 1: not an object like"),
    ("jsonl", '{"question": "a", "answer": null}', "'answer' is neither text nor a number"),
    ("jsonl", '{"question": "a", "answer": ["b"]}', "'answer' is neither text nor a number"),
    ("jsonl", '{"question": "a", "answer": {"b": 1}}', "'answer' is neither text nor a number"),
    ("jsonl", '{"question": "a", "answer": "\\u200b\\ufeff"}', "'answer' is empty"),
    ("jsonl", '{"question": "a", "answer": "<think>b"}', "an unclosed <think>"),
    ("jsonl", '{"question": "a", "answer": "<think>b</think>"}', "empty after its thought"),
    ("jsonl", r'{"question": "a", "answer": "\\boxed{1}, \\boxed{2}"}', r"more than one \boxed"),
    ("jsonl", r'{"question": "a", "answer": "so \\boxed{1"}', r"an unclosed \boxed"),
    ("jsonl", '{"question": "a", "answer": 1, "thought": ["b"]}', "line 1: 'thought' is neither"),
    ("jsonl", '{"question": "a", "answer": 1, "thought": "b<think>c"}', "<think> tags inside"),
    ("jsonl", '{"question": "a", "answer": "<thinking>b"}', "an unclosed <thinking>"),
    ("jsonl", '{"question": "a", "answer": 1, "thought": "b</THINK>c"}', "<think> tags inside"),
    *(("jsonl", json.dumps({"question": "a", "answer": 1, "thought": f"<think>b{token}</think>"}),
       f"the chat token {token}") for token in ("<|im_end|>", "</s>", "<end_of_turn>", "[/INST]",
                                                  "<｜end▁of▁sentence｜>")),
    ("csv", 'question,answer\n"a" ,b\n', "no space goes between a quote and a comma"),
    ("jsonl", '{"question": "a", "answer": 1, "level": [2]}', "line 1: level [2] is not a whole"),
    ("jsonl", '{"question": "a", "answer": 1, "level": 1.5}', "line 1: level"),
    ("jsonl", '{"question": "a", "answer": 1, "cluster": {}}', "line 1: 'cluster' is neither"),
    *(("jsonl", json.dumps(dict.fromkeys(names, "a")), ", ".join(names)) for names in (
        ("prompt", "completion"), ("problem", "solution"), ("input", "output"), ("messages",),
        ("instruction", "input", "output"), ("query", "response"))),
    ("csv", "question,answer,answer\na,b,c\n", "line 1: duplicate column 'answer'"),
    ("csv", "question,answer,Answer\na,b,c\n", "line 2: duplicate column 'answer'"),
    ("csv", "question;answer\na;b\n", "there is no 'question'; a row needs a question"),
    ("csv", "question\tanswer\na\tb\n", "there is no 'question'"),
    ("csv", "question,answer\na,b,\n", "line 2: not 2 columns as in the header"),
    ("csv", "question,answer\na\n", "line 2: not 2 columns as in the header"),
    ("csv", "question,answer,\na,b,c\n", "line 2: a value in a column without a name"),
    ("csv", "a\n".encode("utf-16"), "save it as UTF-8"),
    ("csv", "question,answer\né,b\n".encode("latin-1"), "save it as UTF-8"),
    ("csv", "", "has no rows"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "message"), REFUSED)
def test_refused_in_a_line(tmp_path: Path, kind: str, text: str | bytes, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, f"a.{kind}", text)
    assert message in str(caught.value)
    assert f"a.{kind}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.json", "a.tsv", "a.parquet", "a.jsonl.gz"])
def test_other_kinds_of_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[]")
    with pytest.raises(UsageError, match=r"is \.jsonl, \.csv or \.py; save it as one"):
        open_family(str(tmp_path / name))


THOUGHTS = [
    (GSM8K, "3 + 5 = 8.\nSo $1,008."),
    (MATH, r"It is $\boxed{\frac{1}{2}}$, a half."),
    ('{"question": "a", "answer": "<think>Hm.</think>42"}', "Hm."),
    ('{"question": "a", "answer": "Hm.</think>so\\n#### 42"}', "Hm.\nso"),
    ('{"question": "a", "answer": 1, "thought": "<think>Hm.</think>\\n"}', "Hm."),
    ('{"question": "a", "answer": 1, "thought": "Hm.</think>"}', "Hm."),
    *(
        (f'{{"question": "a", "answer": 1, "thought": "<{tag}>Hm.</{tag}>"}}', "Hm.")
        for tag in ("THINK", "thinking", "Thought", "reasoning")
    ),
    ('{"question": "a", "answer": 1, "thought": "a < b, f <| x"}', "a < b, f <| x"),
    ('{"question": "a", "answer": 1, "thought": " Hm. "}', " Hm. "),
    ('{"question": "a", "answer": "b\\n#### 1", "thought": "Hm."}', "Hm."),
    ('{"question": "a", "answer": 1, "thought": "<think> </think>"}', None),
    ('{"question": "a", "answer": 1, "thought": null}', None),
]


@pytest.mark.parametrize(("text", "thought"), THOUGHTS)
def test_thoughts_are_bare(tmp_path: Path, text: str, thought: str | None) -> None:
    (row,) = read(tmp_path, "a.jsonl", text)
    assert row.thought == thought


def test_other_columns_stay_numbers(tmp_path: Path) -> None:
    line = '{"question": "a", "answer": 1, "more": {"tolerance": 0.5, "ids": [1, 2]}, "score": 2.5}'
    (row,) = read(tmp_path, "a.jsonl", line)
    assert json.dumps(row.columns) == '{"more": {"tolerance": 0.5, "ids": [1, 2]}, "score": 2.5}'


def test_rows_that_are_left_out_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tries.jsonl"
    rows = [{"question": f"{n}?", "answer": n, "thought": f"try {t}"}
            for n in range(3) for t in range(4)]  # fmt: skip
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert [row.thought for row in read_rows(path)] == ["try 0"] * 3
    assert "question and answer of an earlier row: 9 of 12" in capsys.readouterr().err


def test_questions_of_another_case_are_two_where_their_answers_differ(tmp_path: Path) -> None:
    text = "question,answer\n" + "".join(
        f"Is {c} a capital?,{'yes' if c.isupper() else 'no'}\n" for c in "abcdeABCDE"
    )
    assert len(read(tmp_path, "a.csv", text)) == 10
    assert len(read(tmp_path, "b.csv", "question,answer\nWhat?,1\nWHAT?,1.0\nwhat ?,1\n")) == 2
    load_family(str(tmp_path / "a.csv"))


CONVERSATION = """
rows = [{"prompt": [{"role": "system", "content": "Think."},
                    {"role": "user", "content": f"What follows {i}?"}],
         "answer": str(i + 1), "start": i} for i in range(40)]

def reward(prompts, completions, answer, start, **columns):
    assert "prompt" not in columns
    assert [message["role"] for message in prompts[0]] == ["system", "user"]
    assert completions[0][0].keys() == {"role", "content"}
    return [float(c[0]["content"].strip() == a == str(s + 1))
            for c, a, s in zip(completions, answer, start)]
"""


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_reward_function_may_be_async(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.py").write_text(
        'rows = [{"prompt": f"What follows {i}?", "answer": str(i + 1)} for i in range(20)]\n'
        f"{kind} reward(completions, answer, **columns):\n"
        "    return [c == a for c, a in zip(completions, answer)]\n"
    )
    load_family(str(tmp_path / "a.py"))


def first(family: Family) -> Task:
    return family.generate("train", 0)


@pytest.mark.parametrize(
    "name", ["trl.py", "random.py", "json.py", "types.py", "test.py", "cogitate.py", "Own File.PY"]
)
def test_a_conversation_in_a_file_of_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("import json, random, types\nrandom.random()" + CONVERSATION)
    family = load_family(str(tmp_path / name))
    task = first(family)
    assert task.question.startswith("Think.\n\nWhat follows ")
    assert judge(family, task, task.target).reward == 1


def test_a_conversation_from_a_jsonl_file(tmp_path: Path) -> None:
    rows = [
        {"prompt": [{"role": "user", "content": f"{i}?"}], "answer": i, "start": i}
        for i in range(30)
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "own.py").write_text(
        'rows = "rows.jsonl"\ndef reward(prompts, completions, start, **columns):\n'
        "    return [float(c[0]['content'] == str(s)) for c, s in zip(completions, start)]\n"
    )
    assert first(load_family(str(tmp_path / "own.py"))).question.endswith("?")


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ([], "one user message"),
        ([{"role": "assistant", "content": "x"}], "one user message"),
        ([{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], "one user"),
        ([{"role": "user", "content": [{"type": "image"}]}], "one user message"),
        ([{"from": "human", "value": "x"}], "no list of messages"),
        (["x"], "no list of messages"),
        ({"role": "user"}, "'question' is neither text nor a number"),
        (None, "'question' is neither text nor a number"),
    ],
)
def test_other_conversations_are_refused(tmp_path: Path, prompt: object, message: str) -> None:
    (tmp_path / "own.py").write_text(
        f"rows = [{{'prompt': {prompt!r}, 'answer': 1}}]\ndef reward(**columns): return [1.0]\n"
    )
    with pytest.raises(UsageError, match=f"row 1: .*{message}"):
        load_family(str(tmp_path / "own.py"))


@pytest.mark.parametrize(
    ("answer", "message"), [("float('nan')", "neither text"), ("float('inf')", "neither text")]
)
def test_a_python_file_s_numbers_are_finite(tmp_path: Path, answer: str, message: str) -> None:
    (tmp_path / "own.py").write_text(
        f"rows = [{{'question': 'a', 'answer': {answer}}}]\ndef reward(**columns): return [1.0]\n"
    )
    with pytest.raises(UsageError, match=message):
        load_family(str(tmp_path / "own.py"))


def test_gsm8k_is_learned_from_and_judged(tmp_path: Path) -> None:
    lines = [
        GSM8K.replace("Ann has 3", f"Ann has {i}").replace("1,008", f"1,0{i}")
        for i in range(10, 40)
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    family = load_family(str(tmp_path / "a.jsonl"))
    task = first(family)
    assert isinstance(family, Demonstrates)
    assert family.demonstrate(task)[1] == task.target
    assert judge(family, task, task.target.replace(",", "")).reward == 1
    assert judge(family, task, f"${task.target}").reward == 1
    assert judge(family, task, str(task.metadata["answer"])).reward == 0


ODD = """question,answer
Pi?,"3,14"
Who?,nan
Where?,Lima.
And?,"1.234,5"
What?,"**42**"
How many?,5 apples
Why?,a b c d e f g h i j k l m n
Say,<answer>b</answer>
Lima,lima
Write apple in capitals.,APPLE
Far?,12 km
Cost?,"$1,200"
Half?,1/2
Time?,12:30
Lost?,New York
IP?,192.168.1.1
"""


def test_check_warns_of_what_no_answer_matches_and_of_echoes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "odd.csv").write_text(ODD + "".join(f"Odd {i}?,Town{i}.\n" for i in range(20)))
    assert main(["tasks", "check", str(tmp_path / "odd.csv")]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "warning: " in line]
    warnings = {line.partition("warning: ")[2].partition(": the")[0]: line for line in lines}
    assert "'3,14' is compared as text" in warnings["lines 2, 5"]
    assert "missing value" in warnings["line 3"]
    assert "the mark at its end" in warnings["lines 4, 18, 19, 20, 21 and 16 more"]
    assert "the marks around it" in warnings["line 6"]
    assert "no unit" in warnings["line 7"]
    assert "long" in warnings["line 8"]
    assert "tag" in warnings["line 9"]
    assert "case count" in warnings["lines 10, 11"]
    assert len(warnings) == 8


def test_check_warns_of_an_echo_and_of_answers_of_two_cases(tmp_path: Path) -> None:
    text = "question,answer\n7,7.0\nRepeat,repeat me\nx?,Co\ny?,CO\n"
    (tmp_path / "a.csv").write_text(text)
    one, other = check(str(tmp_path / "a.csv")).warnings
    assert "'Co' and 'CO'" in one
    assert other.startswith("line 2: the answer '7.0' is the question itself")
    (tmp_path / "b.jsonl").write_text(
        "\n".join(f'{{"question": "What follows {i}?", "answer": {i + 1}}}' for i in range(9))
    )
    assert check(str(tmp_path / "b.jsonl")).warnings == ()


def test_a_file_beside_a_module_s_namesake_is_no_module(tmp_path: Path) -> None:
    """The command line in a folder whose files are called like the standard library's."""
    for name in ("json.py", "random.py", "resource.py"):
        (tmp_path / name).write_text(CONVERSATION)
    done = subprocess.run(
        [Path(sys.executable).parent / "cogitate", "tasks", "check", "json.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_long_rows_are_read_in_linear_time(tmp_path: Path) -> None:
    """Traces of reasoning models have 100,000 characters and more."""
    for text in ("Wait, 3 + 5. \n" * 20_000, "#### So\n" * 20_000 + "end", "\n" * 20_000 + "end"):
        start = time.process_time()
        assert read(tmp_path, "a.jsonl", json.dumps({"question": "Q?", "answer": text}))
        assert time.process_time() - start < 1
