import unittest

from usernames import is_valid, suggest


class MoreTest(unittest.TestCase):
    def test_valid(self):
        self.assertTrue(is_valid("abc"))
        self.assertTrue(is_valid("abcdefghijkl"))
        self.assertTrue(is_valid("x__"))

    def test_invalid(self):
        self.assertFalse(is_valid(""))
        self.assertFalse(is_valid("_abc"))
        self.assertFalse(is_valid("a b c"))
        self.assertFalse(is_valid("abC"))

    def test_suggest(self):
        self.assertEqual(suggest("kim", []), "kim")
        self.assertEqual(suggest("kim", ["kim", "kim3"]), "kim2")
        with self.assertRaises(ValueError):
            suggest("no way", [])
