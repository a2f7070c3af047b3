"""A task of inspect-ai on questions.jsonl, asked through its client for OpenAI's dialect.

COGITATE_API_KEY=none COGITATE_BASE_URL=http://127.0.0.1:8000/v1
inspect eval docs/examples/clients/inspect_task.py --model openai-api/cogitate/mini
    -T file=$PWD/questions.jsonl
"""

from inspect_ai import Task, task
from inspect_ai.dataset import json_dataset
from inspect_ai.scorer import exact
from inspect_ai.solver import generate


@task
def questions(file: str) -> Task:
    """Each answer is to be the target to the letter."""
    return Task(
        dataset=json_dataset(file),
        solver=generate(),
        scorer=exact(),
    )
