import unittest

from stockroom import OutOfStock, Stockroom


class MoreStockroomTest(unittest.TestCase):
    def make(self, **items):
        room = Stockroom()
        for item, count in items.items():
            room.receive(item, count)
        return room

    def test_empty(self):
        room = Stockroom()
        self.assertEqual(room.quantity("x"), 0)
        self.assertEqual(room.to_reorder(), {})

    def test_ship_unknown(self):
        with self.assertRaisesRegex(OutOfStock, "cog: asked for 3, have 0"):
            self.make(bolt=1).ship("cog", 3)

    def test_ship_all(self):
        room = self.make(a=5)
        room.ship("a", 5)
        self.assertEqual(room.quantity("a"), 0)
        self.assertRaises(OutOfStock, room.ship, "a", 1)

    def test_order_with_unknown_item(self):
        room = self.make(a=5)
        self.assertRaises(OutOfStock, room.ship_order, {"a": 1, "b": 1})
        self.assertEqual(room.quantity("a"), 5)

    def test_minimum_can_change(self):
        room = self.make(a=5, b=1)
        room.set_minimum("a", 8)
        room.set_minimum("b", 1)
        self.assertEqual(room.to_reorder(), {"a": 3})
        room.receive("a", 2)
        self.assertEqual(room.to_reorder(), {"a": 1})
        room.set_minimum("a", 2)
        room.ship("b", 1)
        self.assertEqual(room.to_reorder(), {"b": 1})

    def test_not_positive(self):
        room = self.make(a=5)
        self.assertRaises(ValueError, room.receive, "b", -3)
        self.assertRaises(ValueError, room.ship, "a", 0)
        self.assertEqual(room.quantity("a"), 5)
