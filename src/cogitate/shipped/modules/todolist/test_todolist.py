import unittest

from todolist import TodoList


class TodoListTest(unittest.TestCase):
    def setUp(self):
        self.todo = TodoList()
        self.todo.add("buy milk")
        self.todo.add("call Ben")

    def test_open_tasks(self):
        self.assertEqual(self.todo.open_tasks(), ["buy milk", "call Ben"])

    def test_done_tasks_are_no_longer_open(self):
        self.todo.done("buy milk")
        self.assertEqual(self.todo.open_tasks(), ["call Ben"])
        self.assertEqual(self.todo.summary(), "1 of 2 done")

    def test_unknown_task(self):
        with self.assertRaises(KeyError):
            self.todo.done("fly")

    def test_title_must_not_be_blank_or_there_already(self):
        with self.assertRaises(ValueError):
            self.todo.add("  ")
        with self.assertRaises(ValueError):
            self.todo.add("call Ben")
