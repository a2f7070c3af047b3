import unittest

from triangles import kind


class MoreTest(unittest.TestCase):
    def test_kinds(self):
        self.assertEqual(kind(7, 7, 7), "equilateral")
        self.assertEqual(kind(3, 5, 3), "isosceles")
        self.assertEqual(kind(10, 6, 8), "scalene")

    def test_no_triangle(self):
        with self.assertRaises(ValueError):
            kind(2, 9, 3)
        with self.assertRaises(ValueError):
            kind(4, 4, 8)
        with self.assertRaises(ValueError):
            kind(0, 0, 0)
