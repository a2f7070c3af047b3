import unittest

from library import Library


class MoreTest(unittest.TestCase):
    def setUp(self):
        self.library = Library()
        self.library.add("Ulysses", copies=2)

    def test_two_readers(self):
        self.library.lend("Ulysses", "ann")
        self.library.lend("Ulysses", "ben")
        self.assertEqual(self.library.available("Ulysses"), 0)
        with self.assertRaises(LookupError):
            self.library.lend("Ulysses", "cas")
        self.library.give_back("Ulysses", "ann")
        self.library.lend("Ulysses", "cas")
        self.assertEqual(self.library.available("Ulysses"), 0)

    def test_not_the_reader(self):
        self.library.lend("Ulysses", "ann")
        with self.assertRaises(ValueError):
            self.library.give_back("Ulysses", "ben")
        self.assertEqual(self.library.available("Ulysses"), 1)

    def test_unknown_title(self):
        with self.assertRaises(LookupError):
            self.library.lend("Odyssey", "ann")

    def test_refused_copy_stays(self):
        self.library.lend("Ulysses", "ann")
        with self.assertRaises(ValueError):
            self.library.lend("Ulysses", "ann")
        self.assertEqual(self.library.available("Ulysses"), 1)
