import pytest
from ignorefile import IgnoreRules


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (["*.tmp"], "x/y/.tmp", True),
        (["data.csv"], "in/data.csv", True),
        (["data.csv"], "data_csv", False),
        (["cache/"], "a/b/cache/c/d", True),
        (["cache/"], "a/cache.txt", False),
        (["/out/"], "out/a/b", True),
        (["/out/"], "a/out/b", False),
        (["/*.md"], "README.md", True),
        (["/*.md"], "docs/README.md", False),
        (["src/*/gen.py"], "src/a/gen.py", True),
        (["src/*/gen.py"], "src/a/b/gen.py", False),
        (["a+b.txt"], "a+b.txt", True),
        (["???"], "dir/abc", True),
        (["???"], "dir/abcd", False),
        (["*.log", "!x.log"], "y.log", True),
        (["*", "!*.py"], "pkg/mod.py", False),
        (["*", "!*.py"], "pkg/mod.txt", True),
        (["*.txt", "!a.txt", "/a.txt"], "a.txt", True),
        (["*.txt", "!a.txt", "/a.txt"], "sub/a.txt", False),
        ([], "a", False),
        (["#x", ""], "#x", False),
    ],
)
def test_rules(patterns, path, expected):
    assert IgnoreRules(patterns).ignores(path) is expected


def test_keep():
    rules = IgnoreRules(["*.o", "!main.o", "tmp/"])
    paths = ["main.c", "main.o", "lib.o", "lib/main.o", "tmp/main.o", "tmp.c"]
    assert rules.keep(paths) == ["main.c", "main.o", "lib/main.o", "tmp.c"]
    assert IgnoreRules([]).keep(paths) == paths
