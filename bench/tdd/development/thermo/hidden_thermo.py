import unittest

from thermo import convert, feels


class MoreTest(unittest.TestCase):
    def test_values(self):
        for value, source, target, expected in [
            (37, "C", "F", 98.6),
            (0, "F", "C", -17.7777778),
            (300, "K", "C", 26.85),
            (451, "F", "K", 505.9277778),
            (0, "K", "F", -459.67),
            (0, "K", "C", -273.15),
            (98.6, "F", "C", 37),
            (5, "K", "K", 5),
        ]:
            self.assertAlmostEqual(convert(value, source, target), expected, places=5)

    def test_unknown_units(self):
        with self.assertRaisesRegex(ValueError, "unknown unit: R"):
            convert(1, "R", "C")
        with self.assertRaises(ValueError):
            convert(1, "", "C")

    def test_below_absolute_zero(self):
        for value, unit in [(-1, "K"), (-460, "F"), (-273.2, "C")]:
            with self.assertRaisesRegex(ValueError, "below absolute zero"):
                convert(value, unit, "C")

    def test_feels(self):
        self.assertEqual(feels(-20), "cold")
        self.assertEqual(feels(17), "mild")
        self.assertEqual(feels(40), "hot")
