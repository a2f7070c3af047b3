import unittest

from todolist import TodoList


class MoreTest(unittest.TestCase):
    def setUp(self):
        self.todo = TodoList()

    def test_new(self):
        self.assertEqual(self.todo.open_tasks(), [])
        self.assertEqual(self.todo.summary(), "0 of 0 done")

    def test_all_done(self):
        self.todo.add("a")
        self.todo.add("b")
        self.todo.add("c")
        self.todo.done("c")
        self.todo.done("a")
        self.assertEqual(self.todo.open_tasks(), ["b"])
        self.assertEqual(self.todo.summary(), "2 of 3 done")
        self.todo.done("b")
        self.assertEqual(self.todo.summary(), "3 of 3 done")

    def test_refused(self):
        self.todo.add("a")
        with self.assertRaises(ValueError):
            self.todo.add("a")
        with self.assertRaises(ValueError):
            self.todo.add("")
        with self.assertRaises(KeyError):
            self.todo.done("b")
        self.assertEqual(self.todo.summary(), "0 of 1 done")
