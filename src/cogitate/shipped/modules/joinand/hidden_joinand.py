import unittest

from joinand import join_names


class MoreTest(unittest.TestCase):
    def test_more(self):
        self.assertEqual(join_names(["x", "y"]), "x and y")
        self.assertEqual(join_names(["a", "b", "c", "d"]), "a, b, c and d")
        self.assertEqual(join_names(["salt", "oil", "red wine"]), "salt, oil and red wine")
        self.assertEqual(join_names(["only me"]), "only me")
