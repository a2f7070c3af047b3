"""The family `code`: small functions, composed of operations on plain values.

steps -> program (source, docstring, mutants) -> admitted with inputs -> task
answer -> program -> sandbox -> verdict
"""
