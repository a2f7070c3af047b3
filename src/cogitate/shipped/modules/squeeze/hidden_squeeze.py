import unittest

from squeeze import squeeze_blanks


class MoreTest(unittest.TestCase):
    def test_more(self):
        self.assertEqual(squeeze_blanks("one two"), "one two")
        self.assertEqual(squeeze_blanks(""), "")
        self.assertEqual(squeeze_blanks(" \t\n "), "")
        self.assertEqual(squeeze_blanks("x \t y\n z "), "x y z")
