import unittest

from jobqueue import JobQueue


class MoreJobQueueTest(unittest.TestCase):
    def setUp(self):
        self.now = 100
        self.log = []
        self.queue = JobQueue(clock=lambda: self.now)

    def put(self, name, **options):
        self.queue.put(lambda: self.log.append(name), **options)

    def test_empty(self):
        self.assertEqual(len(self.queue), 0)
        self.assertEqual(self.queue.run_all(), 0)
        self.assertFalse(self.queue.run_next())
        self.assertEqual(self.queue.failed, [])

    def test_many_priorities(self):
        for name, priority in [("a", 1), ("b", 3), ("c", -2), ("d", 3), ("e", 1), ("f", 0)]:
            self.put(name, priority=priority)
        self.queue.run_all()
        self.assertEqual(self.log, ["b", "d", "a", "e", "f", "c"])

    def test_run_next_runs_one(self):
        self.put("a")
        self.put("b")
        self.queue.run_next()
        self.assertEqual(self.log, ["a"])
        self.assertEqual(len(self.queue), 1)

    def test_delays(self):
        self.put("x", delay=5)
        self.put("y", delay=2, priority=1)
        self.put("z", delay=9)
        self.assertFalse(self.queue.run_next())
        self.now = 104
        self.assertEqual(self.queue.run_all(), 1)
        self.now = 109
        self.assertEqual(self.queue.run_all(), 2)
        self.assertEqual(self.log, ["y", "x", "z"])

    def test_job_may_put_jobs(self):
        self.queue.put(lambda: self.put("inner"))
        self.queue.run_all()
        self.assertEqual(self.log, ["inner"])

    def test_no_retries_by_default(self):
        def fail():
            self.log.append("tried")
            raise ValueError("no")

        self.queue.put(fail)
        self.queue.run_all()
        self.assertEqual(self.log, ["tried"])
        self.assertEqual(len(self.queue), 0)
        self.assertIsInstance(self.queue.failed[0], ValueError)
