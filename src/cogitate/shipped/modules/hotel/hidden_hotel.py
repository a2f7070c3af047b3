import unittest

from hotel import Hotel


class MoreTest(unittest.TestCase):
    def test_rooms_in_any_order(self):
        hotel = Hotel([9, 3, 5])
        self.assertEqual(hotel.check_in("x"), 3)
        self.assertEqual(hotel.check_in("y"), 5)
        self.assertEqual(hotel.check_in("z"), 9)
        self.assertEqual(hotel.check_in("w"), None)
        hotel.check_out("y")
        self.assertEqual(hotel.guests(), {3: "x", 9: "z"})
        self.assertEqual(hotel.check_in("w"), 5)

    def test_back_again(self):
        hotel = Hotel([1])
        hotel.check_in("x")
        hotel.check_out("x")
        with self.assertRaises(KeyError):
            hotel.check_out("x")
        self.assertEqual(hotel.check_in("x"), 1)
        with self.assertRaises(ValueError):
            hotel.check_in("x")

    def test_empty(self):
        self.assertEqual(Hotel([1, 2]).guests(), {})
        self.assertEqual(Hotel([]).check_in("x"), None)
