import unittest

from masking import mask_card


class MoreCards(unittest.TestCase):
    def test_plain(self):
        self.assertEqual(mask_card("6011000990139424"), "**** **** **** 9424")

    def test_odd_grouping_of_the_input(self):
        self.assertEqual(mask_card(" 6011-00990 139-4425 "), "**** **** **** 4425")

    def test_fifteen_digits(self):
        with self.assertRaises(ValueError):
            mask_card("378282246310005")

    def test_empty(self):
        with self.assertRaises(ValueError):
            mask_card("")

    def test_a_letter_at_the_end(self):
        with self.assertRaises(ValueError):
            mask_card("411111111111111X")
