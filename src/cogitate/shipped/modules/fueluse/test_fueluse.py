import unittest

from fueluse import consumption, cost, reach


class FuelTest(unittest.TestCase):
    def test_litres_per_100_km(self):
        self.assertAlmostEqual(consumption(litres=30, km=500), 6)
        self.assertAlmostEqual(consumption(litres=7, km=100), 7)

    def test_distance_must_be_positive(self):
        with self.assertRaises(ValueError):
            consumption(litres=5, km=0)

    def test_reach_of_a_tank(self):
        self.assertAlmostEqual(reach(litres=40, per_100_km=5), 800)

    def test_cost_is_rounded_to_cents(self):
        self.assertEqual(cost(km=250, per_100_km=6, price=1.796), 26.94)
        self.assertEqual(cost(km=0, per_100_km=6, price=1.8), 0)
