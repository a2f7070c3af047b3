import unittest

from passwords import problems


class TestProblems(unittest.TestCase):
    def test_good_password(self):
        self.assertEqual(problems("Tr1cky-enough"), [])

    def test_short(self):
        self.assertEqual(problems("Ab1defg"), ["too short"])

    def test_eight_characters_are_enough(self):
        self.assertEqual(problems("Ab1defgh"), [])

    def test_no_digit(self):
        self.assertEqual(problems("Abcdefghi"), ["no digit"])

    def test_no_upper_case(self):
        self.assertEqual(problems("abcdefgh1"), ["no upper-case letter"])

    def test_no_lower_case(self):
        self.assertEqual(problems("ABCDEFGH1"), ["no lower-case letter"])

    def test_problems_are_listed_in_this_order(self):
        self.assertEqual(
            problems(""),
            ["too short", "no digit", "no upper-case letter", "no lower-case letter"],
        )

    def test_user_name_inside_password(self):
        self.assertEqual(problems("1xMariaX1", user="maria"), ["contains the user name"])
        self.assertEqual(problems("1xMariaX1", user="bob"), [])

    def test_user_name_comes_last(self):
        self.assertEqual(problems("bob", user="Bob")[-1], "contains the user name")
