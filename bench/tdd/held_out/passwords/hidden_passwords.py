import unittest

from passwords import problems


class TestMore(unittest.TestCase):
    def test_good(self):
        self.assertEqual(problems("correcT horse 9"), [])
        self.assertEqual(problems("0Zzzzzzz"), [])

    def test_two_problems(self):
        self.assertEqual(problems("abcdefgh"), ["no digit", "no upper-case letter"])
        self.assertEqual(problems("12345678"), ["no upper-case letter", "no lower-case letter"])
        self.assertEqual(problems("Abc"), ["too short", "no digit"])

    def test_three_problems(self):
        self.assertEqual(problems("xyz"), ["too short", "no digit", "no upper-case letter"])

    def test_user_name(self):
        self.assertEqual(problems("2023Kim!!Kim", user="KIM"), ["contains the user name"])
        self.assertEqual(problems("Kim2", user="kim"), ["too short", "contains the user name"])
        self.assertEqual(problems("A1b2c3d4", user="abcd"), [])
