r"""How a model is asked for code: what tests ask for, a stub of it, and the words around both.

asked = asked_by(ast.parse(tests), "dotget")     # (Asked(name="get", kind="function", ...), ...)
stub(asked)                                      # "def get(data, text, default=None):\n    ..."
module_prompt("dotget.py", {...}, asked, None)   # "These are the tests of ..."

`cogitate tdd` and `cogitate debug` ask in these words, and so do the families that train for them.
"""
