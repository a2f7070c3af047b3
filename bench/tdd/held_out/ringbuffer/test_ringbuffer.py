import unittest

from ringbuffer import RingBuffer


class RingBufferTest(unittest.TestCase):
    """Keeps the last N readings of a sensor."""

    def setUp(self):
        self.buffer = RingBuffer(3)

    def fill(self, *values):
        for value in values:
            self.buffer.push(value)

    def test_starts_empty(self):
        self.assertEqual(len(self.buffer), 0)
        self.assertEqual(list(self.buffer), [])
        self.assertFalse(self.buffer.full)

    def test_keeps_order(self):
        self.fill(1, 2)
        self.assertEqual(list(self.buffer), [1, 2])
        self.assertFalse(self.buffer.full)

    def test_drops_the_oldest(self):
        self.fill(1, 2, 3, 4, 5)
        self.assertEqual(list(self.buffer), [3, 4, 5])
        self.assertTrue(self.buffer.full)

    def test_push_returns_what_was_dropped(self):
        self.fill(1, 2, 3)
        self.assertEqual(self.buffer.push(4), 1)
        self.assertIsNone(RingBuffer(2).push(9))

    def test_index(self):
        self.fill(1, 2, 3, 4)
        self.assertEqual(self.buffer[0], 2)
        self.assertEqual(self.buffer[-1], 4)
        with self.assertRaises(IndexError):
            self.buffer[3]

    def test_mean(self):
        self.fill(100, 1, 2, 6)
        self.assertEqual(self.buffer.mean(), 3)

    def test_mean_of_nothing(self):
        self.assertIsNone(self.buffer.mean())

    def test_size_must_be_positive(self):
        self.assertRaises(ValueError, RingBuffer, 0)
