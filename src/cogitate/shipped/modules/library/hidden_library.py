import unittest

from library import Library


class MoreTest(unittest.TestCase):
    def setUp(self):
        self.shelf = Library()
        self.shelf.add("Ulysses", copies=2)

    def test_two_readers(self):
        self.shelf.lend("Ulysses", "ann")
        self.shelf.lend("Ulysses", "ben")
        self.assertEqual(self.shelf.available("Ulysses"), 0)
        with self.assertRaises(LookupError):
            self.shelf.lend("Ulysses", "cas")
        self.shelf.give_back("Ulysses", "ann")
        self.shelf.lend("Ulysses", "cas")
        self.assertEqual(self.shelf.available("Ulysses"), 0)

    def test_not_the_reader(self):
        self.shelf.lend("Ulysses", "ann")
        with self.assertRaises(ValueError):
            self.shelf.give_back("Ulysses", "ben")
        self.assertEqual(self.shelf.available("Ulysses"), 1)

    def test_unknown_title(self):
        with self.assertRaises(LookupError):
            self.shelf.lend("Odyssey", "ann")

    def test_refused_copy_stays(self):
        self.shelf.lend("Ulysses", "ann")
        with self.assertRaises(ValueError):
            self.shelf.lend("Ulysses", "ann")
        self.assertEqual(self.shelf.available("Ulysses"), 1)
