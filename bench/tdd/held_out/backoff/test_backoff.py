import unittest

from backoff import delays


class DelaysTestCase(unittest.TestCase):
    def test_default(self):
        # half a second, then twice as long each time
        self.assertEqual(delays(3), [0.5, 1.0, 2.0])

    def test_base(self):
        self.assertEqual(delays(4, base=1), [1, 2, 4, 8])

    def test_factor(self):
        self.assertEqual(delays(4, base=2, factor=3), [2, 6, 18, 54])

    def test_cap(self):
        self.assertEqual(delays(5, base=1, cap=5), [1, 2, 4, 5, 5])

    def test_zero_attempts(self):
        self.assertEqual(delays(0), [])

    def test_negative_attempts(self):
        with self.assertRaisesRegex(ValueError, "attempts"):
            delays(-1)


if __name__ == "__main__":
    unittest.main()
