import unittest

from digitsum import digit_sum


class MoreTest(unittest.TestCase):
    def test_more(self):
        self.assertEqual(digit_sum(999), 27)
        self.assertEqual(digit_sum(100000), 1)
        self.assertEqual(digit_sum(-1009), 10)
        self.assertEqual(digit_sum(86420), 20)
