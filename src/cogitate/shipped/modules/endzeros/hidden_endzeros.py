import unittest

from endzeros import zeros_last


class MoreTest(unittest.TestCase):
    def test_more(self):
        self.assertEqual(zeros_last([0, 0, 5]), [5, 0, 0])
        self.assertEqual(zeros_last([-1, 0, 2, 0, -3]), [-1, 2, -3, 0, 0])
        self.assertEqual(zeros_last([]), [])
        self.assertEqual(zeros_last([4, 4, 0]), [4, 4, 0])
