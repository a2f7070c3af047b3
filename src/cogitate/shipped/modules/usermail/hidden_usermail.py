import unittest

from usermail import domain


class MoreTest(unittest.TestCase):
    def test_more(self):
        self.assertEqual(domain("a.b+c@uni.edu"), "uni.edu")
        self.assertEqual(domain("X@Y.Z"), "y.z")
        self.assertEqual(domain("name@"), "")
        self.assertEqual(domain(""), "")
