import unittest

from lengths import convert


class ConvertTest(unittest.TestCase):
    def test_metric(self):
        self.assertAlmostEqual(convert(2.5, "km", "m"), 2500)
        self.assertAlmostEqual(convert(30, "cm", "m"), 0.3)
        self.assertAlmostEqual(convert(5, "mm", "cm"), 0.5)

    def test_imperial(self):
        self.assertAlmostEqual(convert(1, "in", "cm"), 2.54)
        self.assertAlmostEqual(convert(3, "ft", "in"), 36)
        self.assertAlmostEqual(convert(1, "mi", "km"), 1.609344)

    def test_same_unit(self):
        self.assertEqual(convert(7, "m", "m"), 7)

    def test_unknown_unit(self):
        with self.assertRaises(ValueError):
            convert(1, "m", "parsec")
        with self.assertRaises(ValueError):
            convert(1, "elbow", "m")
