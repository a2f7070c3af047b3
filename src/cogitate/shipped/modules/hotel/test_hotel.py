import unittest

from hotel import Hotel


class HotelTest(unittest.TestCase):
    def setUp(self):
        self.hotel = Hotel([101, 102, 201])

    def test_lowest_free_room_is_given(self):
        self.assertEqual(self.hotel.check_in("Ann"), 101)
        self.assertEqual(self.hotel.check_in("Ben"), 102)

    def test_room_becomes_free_again(self):
        self.hotel.check_in("Ann")
        self.hotel.check_in("Ben")
        self.hotel.check_out("Ann")
        self.assertEqual(self.hotel.check_in("Cem"), 101)

    def test_guest_is_there_already(self):
        self.hotel.check_in("Ann")
        with self.assertRaises(ValueError):
            self.hotel.check_in("Ann")

    def test_unknown_guest(self):
        with self.assertRaises(KeyError):
            self.hotel.check_out("Zoe")

    def test_full(self):
        self.hotel.check_in("Ann")
        self.hotel.check_in("Ben")
        self.hotel.check_in("Cem")
        self.assertEqual(self.hotel.check_in("Dee"), None)
        self.assertEqual(self.hotel.guests(), {101: "Ann", 102: "Ben", 201: "Cem"})
