from passcheck import faults


def test_faults():
    assert faults("abc1") == ["short"]
    assert faults("abcdefg8") == []
