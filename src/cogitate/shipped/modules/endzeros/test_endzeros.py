import unittest

from endzeros import zeros_last


class ZerosLastTest(unittest.TestCase):
    def test_zeros_move_to_the_end(self):
        self.assertEqual(zeros_last([0, 1, 0, 3, 12]), [1, 3, 12, 0, 0])

    def test_no_zeros(self):
        self.assertEqual(zeros_last([3, 2, 1]), [3, 2, 1])

    def test_only_zeros(self):
        self.assertEqual(zeros_last([0, 0]), [0, 0])
