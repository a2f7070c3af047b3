"""A polynomial is a list of coefficients, the constant first: [1, 0, 2] is 1 + 2x²."""

import unittest

from polynomials import add, derivative, evaluate


class PolynomialTest(unittest.TestCase):
    def test_evaluate(self):
        self.assertEqual(evaluate([1, 0, 2], 3), 19)
        self.assertEqual(evaluate([7], 100), 7)
        self.assertEqual(evaluate([], 5), 0)

    def test_add(self):
        self.assertEqual(add([1, 2], [3, 4]), [4, 6])
        self.assertEqual(add([1], [0, 0, 5]), [1, 0, 5])

    def test_zeros_at_the_end_are_dropped(self):
        self.assertEqual(add([1, 2], [3, -2]), [4])
        self.assertEqual(add([1], [-1]), [])

    def test_derivative(self):
        self.assertEqual(derivative([1, 5, 2]), [5, 4])
        self.assertEqual(derivative([3]), [])
        self.assertEqual(derivative([]), [])
