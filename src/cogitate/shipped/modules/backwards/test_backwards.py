import unittest

from backwards import reverse_words


class ReverseWordsTest(unittest.TestCase):
    def test_order_of_words_is_reversed(self):
        self.assertEqual(reverse_words("one two three"), "three two one")

    def test_one_word(self):
        self.assertEqual(reverse_words("hello"), "hello")

    def test_blanks_become_one(self):
        self.assertEqual(reverse_words("  a   b "), "b a")

    def test_empty(self):
        self.assertEqual(reverse_words(""), "")
