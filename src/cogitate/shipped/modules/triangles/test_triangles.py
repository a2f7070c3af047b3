import unittest

from triangles import kind


class KindTest(unittest.TestCase):
    def test_all_sides_equal(self):
        self.assertEqual(kind(2, 2, 2), "equilateral")

    def test_two_sides_equal(self):
        self.assertEqual(kind(3, 3, 5), "isosceles")
        self.assertEqual(kind(5, 3, 3), "isosceles")

    def test_no_sides_equal(self):
        self.assertEqual(kind(3, 4, 5), "scalene")

    def test_a_side_is_shorter_than_the_other_two_together(self):
        with self.assertRaises(ValueError):
            kind(1, 2, 3)
        with self.assertRaises(ValueError):
            kind(9, 2, 3)
