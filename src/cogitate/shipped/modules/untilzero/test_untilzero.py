import unittest

from untilzero import until_zero


class UntilZeroTest(unittest.TestCase):
    def test_numbers_before_the_first_zero(self):
        self.assertEqual(until_zero([3, 1, 0, 5, 0]), [3, 1])

    def test_no_zero(self):
        self.assertEqual(until_zero([1, 2]), [1, 2])

    def test_zero_first(self):
        self.assertEqual(until_zero([0, 1, 2]), [])
