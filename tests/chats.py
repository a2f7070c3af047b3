"""Chat templates of the shapes that models come with, and conversations to render with them."""

from pathlib import Path

TEMPLATES = {
    path.stem: path.read_text("utf-8")
    for path in sorted((Path(__file__).parent / "templates").glob("*.jinja"))
}

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a \"place\" <now> & 'later', Zürich",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string"},
                "days": {"type": ["integer", "null"]},
                "hours": {"type": "array", "items": {"type": "number"}},
            },
            "required": ["place"],
        },
    },
}
CALL = {
    "id": "a1", "type": "function",
    "function": {"name": "weather", "arguments": {"place": "Zürich", "days": 2}},
}  # fmt: skip


def user(content, **fields):
    return {"role": "user", "content": content, **fields}


def assistant(content, **fields):
    return {"role": "assistant", "content": content, **fields}


SYSTEM = {"role": "system", "content": " Be brief. /no_think\n"}
THOUGHT = "<think>\n2 and 2\nare 4\n</think>\n\n4"

CONVERSATIONS = {
    "question": [user("How many r's are in “strawberry”? <b>é</b> & so on\n")],
    "system": [SYSTEM, user("hi")],
    "turns": [
        SYSTEM, user("2+2?"), assistant(" 4 "), user("And\n3+3?\n"), assistant("6"), user("9?"),
    ],
    "thoughts": [user("2+2?"), assistant(THOUGHT), user("3+3?"), assistant(THOUGHT + "</think>6")],
    "thoughts in the middle": [user("2+2?"), assistant(THOUGHT), user("3+3?")],
    "thoughts apart": [
        user("2+2?"), assistant("4", reasoning_content="2 and\n2"), user("?", name="Ann"),
        assistant("5", reasoning="hm", name=None), user("?"), assistant("5", thinking="so"),
    ],
    "parts": [
        {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
        user([{"type": "text", "text": "What is "}, {"type": "text", "text": "é?"}]),
    ],
    "tools": [
        user("weather?"), assistant(None, tool_calls=[CALL]),
        {"role": "tool", "name": "weather", "content": '{"sky": "blue"}', "tool_call_id": "a1"},
    ],
    "tools twice": [
        user("weather?"), assistant("", tool_calls=[CALL, CALL]),
        {"role": "tool", "content": "1"}, {"role": "tool", "content": "2"}, assistant("Fine."),
    ],
    "empty": [user("")],
    "only an answer": [assistant("4")],
}  # fmt: skip
