import unittest

from masking import mask_card


class MaskCardTest(unittest.TestCase):
    """Receipts show the last four digits, in groups of four."""

    def test_sixteen_digits(self):
        self.assertEqual(mask_card("4111111111111111"), "**** **** **** 1111")

    def test_spaces_and_dashes_in_the_input_do_not_matter(self):
        self.assertEqual(mask_card("5500 0000 0000 0004"), "**** **** **** 0004")
        self.assertEqual(mask_card("5500-0000-0000-9876"), "**** **** **** 9876")

    def test_number_of_wrong_length(self):
        with self.assertRaises(ValueError):
            mask_card("4111")
        with self.assertRaises(ValueError):
            mask_card("41111111111111112")

    def test_letters(self):
        with self.assertRaises(ValueError):
            mask_card("4111abcd11111111")
