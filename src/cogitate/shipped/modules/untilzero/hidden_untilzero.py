import unittest

from untilzero import until_zero


class MoreTest(unittest.TestCase):
    def test_more(self):
        self.assertEqual(until_zero([-1, -2, 0, -3]), [-1, -2])
        self.assertEqual(until_zero([]), [])
        self.assertEqual(until_zero([8, 8, 8, 0]), [8, 8, 8])
        self.assertEqual(until_zero([0]), [])
