from passcheck import faults


def test_faults():
    assert faults("") == ["short", "no digit", "no letter"]
    assert faults("1234567") == ["short", "no letter"]
    assert faults("12345678") == ["no letter"]
    assert faults("abcdefghi") == ["no digit"]
