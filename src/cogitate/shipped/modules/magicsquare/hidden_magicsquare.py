import unittest

from magicsquare import is_magic, magic_sum

DURER = [[16, 3, 2, 13], [5, 10, 11, 8], [9, 6, 7, 12], [4, 15, 14, 1]]


class MoreTest(unittest.TestCase):
    def test_magic(self):
        self.assertTrue(is_magic(DURER))
        self.assertTrue(is_magic([[3, 3], [3, 3]]))
        self.assertEqual(magic_sum(DURER), 34)
        self.assertEqual(magic_sum([[0]]), 0)

    def test_only_rows_are_equal(self):
        self.assertFalse(is_magic([[1, 2], [1, 2]]))

    def test_only_columns_are_equal(self):
        self.assertFalse(is_magic([[1, 1], [2, 2]]))

    def test_other_diagonal_is_off(self):
        self.assertFalse(is_magic([[3, 2, 1], [1, 3, 2], [2, 1, 3]]))
        with self.assertRaises(ValueError):
            magic_sum([[3, 2, 1], [1, 3, 2], [2, 1, 3]])
