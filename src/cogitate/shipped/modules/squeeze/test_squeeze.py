import unittest

from squeeze import squeeze_blanks


class SqueezeTest(unittest.TestCase):
    def test_many_blanks_become_one(self):
        self.assertEqual(squeeze_blanks("a   b  c"), "a b c")

    def test_blanks_at_the_ends_go(self):
        self.assertEqual(squeeze_blanks("  hello  "), "hello")

    def test_tabs_and_newlines_are_blanks_too(self):
        self.assertEqual(squeeze_blanks("a\t\tb\n\nc"), "a b c")
