import unittest

from lengths import convert


class MoreTest(unittest.TestCase):
    def test_values(self):
        self.assertAlmostEqual(convert(1, "m", "km"), 0.001)
        self.assertAlmostEqual(convert(1, "ft", "m"), 0.3048)
        self.assertAlmostEqual(convert(2, "mi", "ft"), 10560)
        self.assertAlmostEqual(convert(10, "cm", "in"), 3.93700787)
        self.assertAlmostEqual(convert(0, "mi", "mm"), 0)

    def test_unknown_unit(self):
        with self.assertRaises(ValueError):
            convert(1, "", "m")
        with self.assertRaises(ValueError):
            convert(1, "km", "yardstick")
