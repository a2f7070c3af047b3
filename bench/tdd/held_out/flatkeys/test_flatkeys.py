from flatkeys import flatten, unflatten


class TestFlatten:
    def test_flat_stays_flat(self) -> None:
        assert flatten({"a": 1, "b": 2}) == {"a": 1, "b": 2}

    def test_nested(self) -> None:
        assert flatten({"db": {"host": "x", "port": 1}}) == {"db.host": "x", "db.port": 1}

    def test_deeper(self) -> None:
        assert flatten({"a": {"b": {"c": 1}}, "d": 2}) == {"a.b.c": 1, "d": 2}

    def test_lists_are_values(self) -> None:
        assert flatten({"a": {"b": [1, 2]}}) == {"a.b": [1, 2]}

    def test_empty_dicts_are_kept_as_values(self) -> None:
        assert flatten({"a": {}, "b": {"c": {}}}) == {"a": {}, "b.c": {}}

    def test_separator(self) -> None:
        assert flatten({"a": {"b": 1}}, sep="/") == {"a/b": 1}


class TestUnflatten:
    def test_nested(self) -> None:
        assert unflatten({"db.host": "x", "db.port": 1}) == {"db": {"host": "x", "port": 1}}

    def test_separator(self) -> None:
        assert unflatten({"a__b": 1, "c.d": 2}, sep="__") == {"a": {"b": 1}, "c.d": 2}

    def test_round_trip(self) -> None:
        config = {"a": {"b": {"c": 1, "d": None}}, "e": {}, "f": [1]}
        assert unflatten(flatten(config)) == config
