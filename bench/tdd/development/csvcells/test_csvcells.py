from csvcells import format_row, quote


class TestQuote:
    def test_plain_text_is_not_quoted(self):
        assert quote("hello world") == "hello world"

    def test_comma(self):
        assert quote("a,b") == '"a,b"'

    def test_quotes_are_doubled(self):
        assert quote('say "hi"') == '"say ""hi"""'

    def test_line_break(self):
        assert quote("a\nb") == '"a\nb"'

    def test_other_separator(self):
        assert quote("a,b", sep=";") == "a,b"
        assert quote("a;b", sep=";") == '"a;b"'


class TestFormatRow:
    def test_values(self):
        assert format_row(["x", 1, 2.5]) == "x,1,2.5"

    def test_none_is_empty_and_booleans_are_words(self):
        assert format_row([None, True, False, ""]) == ",yes,no,"

    def test_separator(self):
        assert format_row(["a;b", "c,d"], sep=";") == '"a;b";c,d'
