from linecomments import code_lines, strip_comment


def test_strip_comment():
    assert strip_comment("") == ""
    assert strip_comment("call()#now") == "call()"
    assert strip_comment("a # b # c") == "a"
    assert strip_comment('print("#") # "quoted"') == 'print("#")'
    assert strip_comment('"a" + "b#"') == '"a" + "b#"'


def test_code_lines():
    assert code_lines("") == []
    assert code_lines("#\n#\n") == []
    assert code_lines("x\n   \ny # z") == ["x", "y"]
