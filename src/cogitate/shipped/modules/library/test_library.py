import unittest

from library import Library


class LibraryTest(unittest.TestCase):
    def setUp(self):
        self.shelf = Library()
        self.shelf.add("Emma", copies=1)
        self.shelf.add("Dune", copies=2)

    def test_available(self):
        self.shelf.lend("Dune", "tim")
        self.assertEqual(self.shelf.available("Dune"), 1)
        self.assertEqual(self.shelf.available("Unknown"), 0)

    def test_no_copy_left(self):
        self.shelf.lend("Emma", "tim")
        with self.assertRaises(LookupError):
            self.shelf.lend("Emma", "kim")

    def test_nobody_gets_a_second_copy(self):
        self.shelf.lend("Dune", "tim")
        with self.assertRaises(ValueError):
            self.shelf.lend("Dune", "tim")

    def test_give_back(self):
        self.shelf.lend("Emma", "tim")
        self.shelf.give_back("Emma", "tim")
        self.assertEqual(self.shelf.available("Emma"), 1)
        with self.assertRaises(ValueError):
            self.shelf.give_back("Emma", "tim")
