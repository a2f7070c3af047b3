import unittest

from digitsum import digit_sum


class DigitSumTest(unittest.TestCase):
    def test_one_digit(self):
        self.assertEqual(digit_sum(7), 7)

    def test_several_digits(self):
        self.assertEqual(digit_sum(1234), 10)

    def test_sign_does_not_count(self):
        self.assertEqual(digit_sum(-52), 7)

    def test_zero(self):
        self.assertEqual(digit_sum(0), 0)
