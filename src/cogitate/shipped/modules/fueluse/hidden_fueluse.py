import unittest

from fueluse import consumption, cost, reach


class MoreTest(unittest.TestCase):
    def test_values(self):
        self.assertAlmostEqual(consumption(litres=0, km=10), 0)
        self.assertAlmostEqual(consumption(litres=45, km=600), 7.5)
        self.assertAlmostEqual(reach(litres=0, per_100_km=8), 0)
        self.assertAlmostEqual(reach(litres=33, per_100_km=6.6), 500)
        self.assertEqual(cost(km=100, per_100_km=5.5, price=2), 11)
        self.assertEqual(cost(km=333, per_100_km=7, price=1.659), 38.67)

    def test_distance_must_be_positive(self):
        with self.assertRaises(ValueError):
            consumption(litres=5, km=-20)
