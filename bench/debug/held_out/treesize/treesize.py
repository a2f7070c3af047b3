"""Sizes of nested folders."""

TREE = {"docs": {"a.txt": 120, "b.txt": 80}, "src": {"main.py": 300, "lib": {"x.py": 50}}}


def size(node):
    """Return the bytes below a node: a file is a number, a folder a dict."""
    if isinstance(node, int):
        return node
    return sum(size(child) for child in node.values())


def largest(tree):
    """Return the name of the largest entry at the top."""
    return max(tree, key=lambda name: size(tree[name]))


if __name__ == "__main__":
    print(size(TREE), largest(TREE))
