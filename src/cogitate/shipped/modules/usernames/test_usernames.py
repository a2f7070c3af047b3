"""3 to 12 characters: small letters, digits and _, the first one a letter."""

import unittest

from usernames import is_valid, suggest


class UsernameTest(unittest.TestCase):
    def test_valid(self):
        self.assertTrue(is_valid("bob"))
        self.assertTrue(is_valid("mia_2024"))

    def test_invalid(self):
        self.assertFalse(is_valid("ab"))
        self.assertFalse(is_valid("abcdefghijklm"))
        self.assertFalse(is_valid("Bob"))
        self.assertFalse(is_valid("4you"))
        self.assertFalse(is_valid("a-b-c"))

    def test_suggest_a_free_name(self):
        self.assertEqual(suggest("bob", {"ann"}), "bob")
        self.assertEqual(suggest("bob", {"bob"}), "bob2")
        self.assertEqual(suggest("bob", {"bob", "bob2", "bob3"}), "bob4")

    def test_suggest_for_an_invalid_name(self):
        with self.assertRaises(ValueError):
            suggest("B", {"ann"})
