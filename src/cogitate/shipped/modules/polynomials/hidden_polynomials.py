import unittest

from polynomials import add, derivative, evaluate


class MoreTest(unittest.TestCase):
    def test_evaluate(self):
        self.assertEqual(evaluate([0, 1], 8), 8)
        self.assertEqual(evaluate([5, -1, 0, 1], 2), 11)
        self.assertEqual(evaluate([4, 3], 0), 4)
        self.assertEqual(evaluate([1, 1, 1], -1), 1)

    def test_add(self):
        self.assertEqual(add([], [2, 3]), [2, 3])
        self.assertEqual(add([0, 1, 4], [1, 1, -4]), [1, 2])
        self.assertEqual(add([5, 0, 1], [-5, 0, -1]), [])
        self.assertEqual(add([0, 0, 3], [1]), [1, 0, 3])

    def test_derivative(self):
        self.assertEqual(derivative([0, 0, 0, 1]), [0, 0, 3])
        self.assertEqual(derivative([9, 2]), [2])
