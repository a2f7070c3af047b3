import unittest

from bases import from_base, to_base


class BaseTest(unittest.TestCase):
    def test_binary(self):
        self.assertEqual(to_base(10, 2), "1010")
        self.assertEqual(from_base("1010", 2), 10)

    def test_letters_follow_the_digits(self):
        self.assertEqual(to_base(255, 16), "ff")
        self.assertEqual(to_base(35, 36), "z")
        self.assertEqual(from_base("ff", 16), 255)

    def test_zero_and_negative(self):
        self.assertEqual(to_base(0, 7), "0")
        self.assertEqual(to_base(-5, 2), "-101")
        self.assertEqual(from_base("-101", 2), -5)

    def test_bases_are_2_to_36(self):
        with self.assertRaises(ValueError):
            to_base(5, 1)
        with self.assertRaises(ValueError):
            to_base(5, 37)

    def test_digit_too_large(self):
        with self.assertRaises(ValueError):
            from_base("12", 2)
