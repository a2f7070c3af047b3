import unittest

from thermo import convert, feels


class ConvertTest(unittest.TestCase):
    def test_celsius_to_fahrenheit(self):
        self.assertAlmostEqual(convert(100, "C", "F"), 212)
        self.assertAlmostEqual(convert(-40, "C", "F"), -40)

    def test_fahrenheit_to_celsius(self):
        self.assertAlmostEqual(convert(50, "F", "C"), 10)

    def test_kelvin(self):
        self.assertAlmostEqual(convert(0, "C", "K"), 273.15)
        self.assertAlmostEqual(convert(273.15, "K", "F"), 32)

    def test_same_unit(self):
        self.assertEqual(convert(21.5, "C", "C"), 21.5)

    def test_unknown_unit(self):
        with self.assertRaisesRegex(ValueError, "unknown unit: X"):
            convert(1, "C", "X")

    def test_below_absolute_zero(self):
        with self.assertRaisesRegex(ValueError, "below absolute zero"):
            convert(-300, "C", "K")


class FeelsTest(unittest.TestCase):
    """Below 10 °C is cold, from 25 °C on it is hot."""

    def test_feels(self):
        self.assertEqual([feels(t) for t in (9.9, 10, 24.9, 25)], ["cold", "mild", "mild", "hot"])
