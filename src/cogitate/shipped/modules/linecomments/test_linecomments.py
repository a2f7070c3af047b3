from linecomments import code_lines, strip_comment


def test_comment_is_removed():
    assert strip_comment("x = 1  # one") == "x = 1"


def test_no_comment():
    assert strip_comment("x = 1") == "x = 1"


def test_only_a_comment():
    assert strip_comment("# all") == ""


def test_hash_in_quotes_stays():
    assert strip_comment('color = "#fff"  # white') == 'color = "#fff"'


def test_indentation_stays():
    assert strip_comment("    y = 2 # two") == "    y = 2"


def test_code_lines():
    assert code_lines("a = 1\n\n  \n# note\n  b = 2 # x\n") == ["a = 1", "  b = 2"]
