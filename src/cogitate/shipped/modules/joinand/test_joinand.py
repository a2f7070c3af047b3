import unittest

from joinand import join_names


class JoinNamesTest(unittest.TestCase):
    def test_one(self):
        self.assertEqual(join_names(["Ann"]), "Ann")

    def test_two(self):
        self.assertEqual(join_names(["Ann", "Bob"]), "Ann and Bob")

    def test_three(self):
        self.assertEqual(join_names(["Ann", "Bob", "Cleo"]), "Ann, Bob and Cleo")

    def test_nobody(self):
        self.assertEqual(join_names([]), "")
