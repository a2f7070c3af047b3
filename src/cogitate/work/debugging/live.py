r"""A program without what can never run: behind a return, below `if False`, in a loop over [].

ast.unparse(live(ast.parse("def f():\n    return 0\n    g()")))  ->  "def f():\n    return 0"
"""

import ast
import copy
from collections.abc import Sequence

_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def live(tree: ast.Module) -> ast.Module:
    """Return a copy of a tree without what can never run, as far as literals say so."""
    return _Pruned().visit(copy.deepcopy(tree))


class _Pruned(ast.NodeTransformer):
    """Takes the branch that a literal decides for, and drops what is behind the end of a block."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visit all parts; then cut each block where it ends."""
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, _up_to_its_end(block) or _nothing(node, name))  # pyright: ignore
        return node

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """Take the only branch that runs."""
        self.generic_visit(node)
        is_true = truth(node.test)
        return node if is_true is None else node.body if is_true else node.orelse

    def visit_While(self, node: ast.While) -> ast.AST | list[ast.stmt]:
        """Leave out a loop that never begins."""
        self.generic_visit(node)
        return node.orelse if truth(node.test) is False else node

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.stmt]:
        """Leave out a loop over nothing."""
        self.generic_visit(node)
        return node.orelse if truth(node.iter) is False else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Take the only branch that is computed."""
        self.generic_visit(node)
        is_true = truth(node.test)
        return node if is_true is None else node.body if is_true else node.orelse

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Cut it behind the literal that decides it."""
        self.generic_visit(node)
        decides = isinstance(node.op, ast.Or)
        ends = [i for i, value in enumerate(node.values) if truth(value) is decides]
        node.values = node.values[: ends[0] + 1] if ends else node.values
        return node if len(node.values) > 1 else node.values[0]


def _up_to_its_end(block: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return a block up to its first statement behind which nothing runs."""
    ends = [i for i, node in enumerate(block) if _is_end(node)]
    return list(block[: ends[0] + 1] if ends else block)


def _is_end(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        blocks = [node.body, node.orelse]
        return all(block and _is_end(block[-1]) for block in blocks)
    return isinstance(node, _ENDS)


def _nothing(node: ast.AST, name: str) -> list[ast.stmt]:
    return [ast.Pass()] if name == "body" and not isinstance(node, ast.Module) else []


def truth(node: ast.expr) -> bool | None:
    """Return whether an expression is true by its literals; None if they do not say."""
    if isinstance(node, ast.BoolOp):
        decides = isinstance(node.op, ast.Or)
        return decides if decides in map(truth, node.values) else None
    try:
        return bool(ast.literal_eval(node))
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None
