import unittest

from bases import from_base, to_base


class MoreTest(unittest.TestCase):
    def test_to_base(self):
        self.assertEqual(to_base(8, 8), "10")
        self.assertEqual(to_base(100, 3), "10201")
        self.assertEqual(to_base(-255, 16), "-ff")
        self.assertEqual(to_base(1295, 36), "zz")
        self.assertEqual(to_base(1, 2), "1")

    def test_from_base(self):
        self.assertEqual(from_base("777", 8), 511)
        self.assertEqual(from_base("0", 5), 0)
        self.assertEqual(from_base("-z", 36), -35)

    def test_errors(self):
        with self.assertRaises(ValueError):
            to_base(0, 0)
        with self.assertRaises(ValueError):
            from_base("g", 16)
