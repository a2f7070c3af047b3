from polls import Poll


def test_leading():
    poll = Poll(["tea", "milk"])
    poll.vote("kim", "tea")
    assert len(poll.leading()) == 1
