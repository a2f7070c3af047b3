import unittest

from perfectsquare import is_square


class SquareTest(unittest.TestCase):
    def test_squares(self):
        self.assertTrue(is_square(1))
        self.assertTrue(is_square(16))
        self.assertTrue(is_square(144))

    def test_others(self):
        self.assertFalse(is_square(2))
        self.assertFalse(is_square(15))

    def test_zero_and_negative(self):
        self.assertTrue(is_square(0))
        self.assertFalse(is_square(-4))
