"""The machine's own speed: the model's matrix products alone, with nothing between them.

Every matrix of every layer is met in the model's order, so that weights come from memory as
they do in the model; each kind of matrix is timed apart, the best of a few passes, in each of
three layouts (as nn.Linear has it, transposed, and reordered by oneDNN), and the best layout
counts. `passes` 1 is the forward product, 3 adds the two of the backward pass.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from measure import Channel, Sizes

Product = Callable[[Tensor], Tensor]
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
PASSES = 4
ENOUGH_S = 3.0
"""Of passes over all products, once there are two."""


class Machine:
    """Matrices of the model's shapes."""

    def __init__(self, sizes: Sizes, dtype: torch.dtype) -> None:
        kinds = [*sizes.layers.items()] * sizes.num_layers + [("head", sizes.head)]
        self.dtype = dtype
        self.weights = [(kind, torch.randn(n, k, dtype=dtype)) for kind, (k, n) in kinds]

    def forward(self, rows: int) -> dict[str, float]:
        """Return the seconds of each kind, all layers together, in its fastest layout."""
        inputs = {k: torch.randn(rows, k, dtype=self.dtype) for _, k in self._shapes()}
        timed = [
            best(  # of a large model memory does not hold all layouts at once
                [(kind, partial(layout(w, rows), inputs[w.shape[1]])) for kind, w in self.weights]
            )
            for layout in (linear, transposed, reordered)
        ]
        return {kind: min(times[kind] for times in timed) for kind in timed[0]}

    def backward(self, rows: int) -> dict[str, float]:
        """Return the seconds of both gradients of each kind, of the input and of the weight."""
        shapes = self._shapes()
        inputs = {k: torch.randn(rows, k, dtype=self.dtype) for _, k in shapes}
        outputs = {n: torch.randn(rows, n, dtype=self.dtype) for n, _ in shapes}
        of_input = best([(kind, lambda w=w: outputs[w.shape[0]] @ w) for kind, w in self.weights])
        of_weight = best(
            [
                (kind, lambda n=w.shape[0], k=w.shape[1]: outputs[n].t() @ inputs[k])
                for kind, w in self.weights
            ]
        )
        return {kind: of_input[kind] + of_weight[kind] for kind in of_input}

    def _shapes(self) -> set[tuple[int, int]]:
        return {(w.shape[0], w.shape[1]) for _, w in self.weights}


def linear(weight: Tensor, _rows: int) -> Product:
    return lambda x: F.linear(x, weight)


def transposed(weight: Tensor, _rows: int) -> Product:
    other = weight.t().contiguous()
    return lambda x: torch.mm(x, other)


def reordered(weight: Tensor, rows: int) -> Product:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, rows)
    return lambda x: torch.ops.mkldnn._linear_pointwise(x, packed, None, "none", [], "")


def best(products: list[tuple[str, Callable[[], Tensor]]]) -> dict[str, float]:
    """Return the fewest seconds that each kind took in a pass over all products."""
    fewest: dict[str, float] = defaultdict(lambda: float("inf"))
    began = time.perf_counter()
    for number in range(PASSES):
        if number >= 2 and time.perf_counter() - began > ENOUGH_S:
            break
        seconds: dict[str, float] = defaultdict(float)
        for kind, product in products:
            start = time.perf_counter()
            product()
            seconds[kind] += time.perf_counter() - start
        for kind, value in seconds.items():
            fewest[kind] = min(fewest[kind], value)
    return dict(fewest)


def main() -> None:
    channel = Channel()
    options = channel.options
    torch.set_num_threads(options["threads"])
    machine = Machine(Sizes.read(Path(options["folder"])), DTYPES[options["dtype"]])

    def work(rows: int, passes: int) -> dict[str, float]:
        seconds = machine.forward(rows)
        if passes == 3:
            back = machine.backward(rows)
            seconds = {kind: value + back[kind] for kind, value in seconds.items()}
        return seconds

    with torch.inference_mode():
        channel.serve(work)


main()
