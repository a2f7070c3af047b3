import unittest

from library import Library


class LibraryTest(unittest.TestCase):
    def setUp(self):
        self.library = Library()
        self.library.add("Emma", copies=1)
        self.library.add("Dune", copies=2)

    def test_available(self):
        self.library.lend("Dune", "tim")
        self.assertEqual(self.library.available("Dune"), 1)
        self.assertEqual(self.library.available("Unknown"), 0)

    def test_no_copy_left(self):
        self.library.lend("Emma", "tim")
        with self.assertRaises(LookupError):
            self.library.lend("Emma", "kim")

    def test_nobody_gets_a_second_copy(self):
        self.library.lend("Dune", "tim")
        with self.assertRaises(ValueError):
            self.library.lend("Dune", "tim")

    def test_give_back(self):
        self.library.lend("Emma", "tim")
        self.library.give_back("Emma", "tim")
        self.assertEqual(self.library.available("Emma"), 1)
        with self.assertRaises(ValueError):
            self.library.give_back("Emma", "tim")
