import unittest

from ttlcache import TTLCache, cached


class TTLCacheTest(unittest.TestCase):
    def setUp(self):
        self.now = 0
        self.cache = TTLCache(ttl=10, max_size=2, clock=lambda: self.now)

    def test_expires_at_ttl(self):
        self.cache.set("a", 1)
        self.now = 9
        self.assertEqual(self.cache.get("a"), 1)
        self.now = 10
        self.assertIsNone(self.cache.get("a"))
        self.assertEqual(self.cache.get("a", "default"), "default")

    def test_setting_again_restarts_the_clock_but_reading_does_not(self):
        self.cache.set("a", 1)
        self.cache.set("b", 2)
        self.now = 6
        self.cache.set("a", 3)
        self.cache.get("b")
        self.now = 12
        self.assertEqual(self.cache.get("a"), 3)
        self.assertIsNone(self.cache.get("b"))

    def test_ttl_of_one_entry(self):
        self.cache.set("a", 1, ttl=100)
        self.now = 99
        self.assertEqual(self.cache.get("a"), 1)

    def test_full_cache_drops_the_entry_that_expires_first(self):
        self.cache.set("long", 1, ttl=50)
        self.cache.set("short", 2)
        self.cache.set("new", 3)
        self.assertEqual(self.cache.get("long"), 1)
        self.assertIsNone(self.cache.get("short"))
        self.assertEqual(len(self.cache), 2)

    def test_len_counts_only_live_entries(self):
        self.cache.set("a", 1)
        self.now = 10
        self.assertEqual(len(self.cache), 0)

    def test_cached_function(self):
        calls = []

        @cached(self.cache)
        def double(n):
            calls.append(n)
            return 2 * n

        self.assertEqual([double(3), double(3), double(4)], [6, 6, 8])
        self.assertEqual(calls, [3, 4])
        self.now = 11
        double(3)
        self.assertEqual(calls, [3, 4, 3])
