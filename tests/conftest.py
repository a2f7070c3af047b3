"""What every test shares: quiet libraries, no network, the base weights where they are."""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""  # tests expect the CPU's bits
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as the command line: programs run beside tests
os.environ.setdefault("COGITATE_PRODUCTS", "c,eight")  # else measured: tests expect the same bits

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


def pytest_collection_modifyitems(config, items) -> None:
    """Leave out what needs Qwen's files or vLLM unless it is asked for, as `pytest -m qwen`."""
    for marker in ("qwen", "vllm"):
        if marker not in config.option.markexpr:
            left_out = [item for item in items if item.get_closest_marker(marker)]
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def causal():
    """Plain causal attention over one packed sequence, the slow and obvious way."""
    from torch.nn import functional as F

    def attend(_layer, q_NHd, k_NKd, v_NKd):
        repeats = q_NHd.shape[1] // k_NKd.shape[1]
        k, v = (x.repeat_interleave(repeats, dim=1).transpose(0, 1) for x in (k_NKd, v_NKd))
        out_HNd = F.scaled_dot_product_attention(q_NHd.transpose(0, 1), k, v, is_causal=True)
        return out_HNd.transpose(0, 1).flatten(1)

    return attend


@pytest.fixture(scope="session")
def smollm2():
    """The base weights in fp32, fetched where they are not here."""
    from cogitate import models

    return models.load("smollm2-135m")
