from envnames import env_name


def test_plain():
    assert env_name("home") == "HOME"


def test_deep():
    assert env_name("a.b-c.d_e.f1") == "A_B_C_D_E_F1"


def test_prefix_with_dot():
    assert env_name("port", prefix="acme.web") == "ACME_WEB_PORT"


def test_long_prefix():
    assert env_name("cache.max-size", prefix="acme-web-2") == "ACME_WEB_2_CACHE_MAX_SIZE"
