import unittest

from stockroom import OutOfStock, Stockroom


class StockroomTest(unittest.TestCase):
    def setUp(self):
        self.room = Stockroom()
        self.room.receive("bolt", 100)
        self.room.receive("nut", 40)

    def test_quantity(self):
        self.assertEqual(self.room.quantity("bolt"), 100)

    def test_unknown_item_has_quantity_zero(self):
        self.assertEqual(self.room.quantity("gear"), 0)

    def test_receiving_adds_up(self):
        self.room.receive("bolt", 50)
        self.assertEqual(self.room.quantity("bolt"), 150)

    def test_ship(self):
        self.room.ship("bolt", 30)
        self.assertEqual(self.room.quantity("bolt"), 70)

    def test_ship_too_much(self):
        with self.assertRaisesRegex(OutOfStock, "nut: asked for 41, have 40"):
            self.room.ship("nut", 41)
        self.assertEqual(self.room.quantity("nut"), 40)

    def test_ship_order_is_all_or_nothing(self):
        with self.assertRaises(OutOfStock):
            self.room.ship_order({"bolt": 10, "nut": 50})
        self.assertEqual(self.room.quantity("bolt"), 100)
        self.room.ship_order({"bolt": 10, "nut": 40})
        self.assertEqual(self.room.quantity("bolt"), 90)
        self.assertEqual(self.room.quantity("nut"), 0)

    def test_to_reorder(self):
        self.room.set_minimum("nut", 50)
        self.room.set_minimum("bolt", 100)
        self.room.set_minimum("gear", 5)
        self.assertEqual(self.room.to_reorder(), {"nut": 10, "gear": 5})

    def test_quantities_must_be_positive(self):
        self.assertRaises(ValueError, self.room.receive, "bolt", 0)
        self.assertRaises(ValueError, self.room.ship, "bolt", -1)
