import pytest
from envnames import env_name


def test_plain():
    assert env_name("home") == "HOME"


def test_deep():
    assert env_name("a.b-c.d_e.f1") == "A_B_C_D_E_F1"


def test_prefix_with_dot():
    assert env_name("port", prefix="acme.web") == "ACME_WEB_PORT"


@pytest.mark.parametrize("bad", ["a=b", "a:b", "$x", "tab\there", "end "])
def test_refused(bad):
    with pytest.raises(ValueError, match="invalid key"):
        env_name(bad)


def test_refused_with_prefix():
    with pytest.raises(ValueError, match="invalid key"):
        env_name("", prefix="app")
