import unittest

from ringbuffer import RingBuffer


class MoreRingBufferTest(unittest.TestCase):
    def test_size_one(self):
        buffer = RingBuffer(1)
        self.assertIsNone(buffer.push("a"))
        self.assertEqual(buffer.push("b"), "a")
        self.assertEqual(list(buffer), ["b"])
        self.assertTrue(buffer.full)

    def test_exactly_full(self):
        buffer = RingBuffer(2)
        buffer.push(1)
        buffer.push(2)
        self.assertTrue(buffer.full)
        self.assertEqual(len(buffer), 2)

    def test_many(self):
        buffer = RingBuffer(4)
        for i in range(100):
            buffer.push(i)
        self.assertEqual(list(buffer), [96, 97, 98, 99])
        self.assertEqual(len(buffer), 4)
        self.assertEqual(buffer[1], 97)
        self.assertEqual(buffer[-4], 96)
        self.assertEqual(buffer.mean(), 97.5)

    def test_index_of_a_buffer_that_is_not_full(self):
        buffer = RingBuffer(5)
        buffer.push(7)
        self.assertEqual(buffer[0], 7)
        self.assertEqual(buffer[-1], 7)
        with self.assertRaises(IndexError):
            buffer[1]

    def test_dropping_falsy_values(self):
        buffer = RingBuffer(1)
        buffer.push(0)
        self.assertEqual(buffer.push(5), 0)

    def test_iterating_twice(self):
        buffer = RingBuffer(2)
        buffer.push(1)
        self.assertEqual((list(buffer), list(buffer)), ([1], [1]))

    def test_negative_size(self):
        self.assertRaises(ValueError, RingBuffer, -2)
