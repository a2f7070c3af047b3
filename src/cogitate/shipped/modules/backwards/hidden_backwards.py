import unittest

from backwards import reverse_words


class MoreTest(unittest.TestCase):
    def test_more(self):
        self.assertEqual(reverse_words("we all live here"), "here live all we")
        self.assertEqual(reverse_words("Hello, World!"), "World! Hello,")
        self.assertEqual(reverse_words("x  y"), "y x")
        self.assertEqual(reverse_words("   "), "")
