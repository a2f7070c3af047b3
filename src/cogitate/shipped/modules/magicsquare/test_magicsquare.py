"""All rows, columns and both diagonals of a magic square have the same sum."""

import unittest

from magicsquare import is_magic, magic_sum


class MagicTest(unittest.TestCase):
    def test_magic(self):
        self.assertTrue(is_magic([[2, 7, 6], [9, 5, 1], [4, 3, 8]]))
        self.assertTrue(is_magic([[5]]))

    def test_row_or_column_is_off(self):
        self.assertFalse(is_magic([[1, 2], [3, 4]]))

    def test_diagonal_is_off(self):
        self.assertFalse(is_magic([[1, 2, 3], [2, 3, 1], [3, 1, 2]]))

    def test_sum(self):
        self.assertEqual(magic_sum([[2, 7, 6], [9, 5, 1], [4, 3, 8]]), 15)
        with self.assertRaises(ValueError):
            magic_sum([[1, 2], [3, 4]])
