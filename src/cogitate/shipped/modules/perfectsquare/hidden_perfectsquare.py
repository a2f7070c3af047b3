import unittest

from perfectsquare import is_square


class MoreTest(unittest.TestCase):
    def test_more(self):
        self.assertTrue(is_square(4))
        self.assertTrue(is_square(10000))
        self.assertTrue(is_square(99980001))
        self.assertFalse(is_square(99980002))
        self.assertFalse(is_square(8))
        self.assertFalse(is_square(-1))
