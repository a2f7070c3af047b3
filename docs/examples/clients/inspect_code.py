"""Code tasks in inspect-ai: a model behind our server writes, the family's verifier judges.

cogitate serve --model qwen2.5-coder-0.5b
COGITATE_API_KEY=none COGITATE_BASE_URL=http://127.0.0.1:8000/v1
inspect eval docs/examples/clients/inspect_code.py -T family=humaneval --limit 10
    --model openai-api/cogitate/qwen2.5-coder-0.5b --max-connections 8
    --temperature 0 --max-tokens 1024

inspect-ai and cogitate are installed side by side. Programs run in the sandbox of
cogitate, without Docker.
"""

import asyncio

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Target, accuracy, scorer, stderr
from inspect_ai.solver import TaskState, generate

from cogitate import load_family


@task
def code(family: str = "code", num: int = 100) -> Task:
    """Test tasks of a family, each with its number."""
    tasks = [load_family(family).generate("test", seed) for seed in range(num)]
    samples = [Sample(id=seed, input=each.question, target=each.target)
               for seed, each in enumerate(tasks)]  # fmt: skip
    return Task(dataset=MemoryDataset(samples), solver=generate(), scorer=verified(family))


@scorer(metrics=[accuracy(), stderr()])
def verified(family: str):
    """Judge the answer's text by the family's verifier."""
    judge = load_family(family)

    async def score(state: TaskState, target: Target) -> Score:
        asked, answer = judge.generate("test", int(state.sample_id)), state.output.completion
        verdict = await asyncio.to_thread(judge.verify, asked, answer)
        return Score(value=verdict.reward or 0, answer=answer, explanation=verdict.why)

    return score
