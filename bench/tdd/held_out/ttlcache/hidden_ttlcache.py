import unittest

from ttlcache import TTLCache, cached


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class MoreTTLCacheTest(unittest.TestCase):
    def make(self, ttl=5, max_size=3):
        clock = Clock()
        return TTLCache(ttl=ttl, max_size=max_size, clock=clock), clock

    def test_empty(self):
        cache, _ = self.make()
        self.assertIsNone(cache.get("x"))
        self.assertEqual(cache.get("x", 0), 0)
        self.assertEqual(len(cache), 0)

    def test_short_ttl_of_one_entry(self):
        cache, clock = self.make()
        cache.set("a", 1, ttl=1)
        cache.set("b", 2)
        clock.now += 1
        self.assertIsNone(cache.get("a"))
        self.assertEqual(cache.get("b"), 2)
        self.assertEqual(len(cache), 1)

    def test_expired_entries_make_room(self):
        cache, clock = self.make(max_size=2)
        cache.set("old", 1)
        clock.now += 5
        cache.set("a", 1)
        cache.set("b", 2)
        self.assertEqual((cache.get("a"), cache.get("b")), (1, 2))

    def test_overwriting_in_a_full_cache_drops_nothing(self):
        cache, _ = self.make(max_size=2)
        cache.set("a", 1)
        cache.set("b", 2)
        cache.set("a", 3)
        self.assertEqual((cache.get("a"), cache.get("b")), (3, 2))

    def test_drops_in_order_of_expiry(self):
        cache, clock = self.make(max_size=3)
        cache.set("a", 1, ttl=30)
        clock.now += 1
        cache.set("b", 2, ttl=10)
        cache.set("c", 3, ttl=20)
        cache.set("d", 4, ttl=40)
        self.assertIsNone(cache.get("b"))
        cache.set("e", 5, ttl=40)
        self.assertIsNone(cache.get("c"))
        self.assertEqual(cache.get("a"), 1)

    def test_cached_with_two_arguments(self):
        cache, _ = self.make()
        calls = []

        @cached(cache)
        def add(a, b):
            calls.append((a, b))
            return a + b

        self.assertEqual([add(1, 2), add(2, 1), add(1, 2)], [3, 3, 3])
        self.assertEqual(calls, [(1, 2), (2, 1)])
