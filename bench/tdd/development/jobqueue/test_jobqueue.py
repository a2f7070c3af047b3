import unittest

from jobqueue import JobQueue


class JobQueueTest(unittest.TestCase):
    """Higher priority first; equal priorities in the order they were put."""

    def setUp(self):
        self.now = 0
        self.log = []
        self.queue = JobQueue(clock=lambda: self.now)

    def job(self, name):
        return lambda: self.log.append(name)

    def failing(self, times):
        def run():
            self.log.append("try")
            if self.log.count("try") <= times:
                raise OSError("busy")

        return run

    def test_order(self):
        self.queue.put(self.job("a"))
        self.queue.put(self.job("b"), priority=5)
        self.queue.put(self.job("c"))
        self.assertEqual(self.queue.run_all(), 3)
        self.assertEqual(self.log, ["b", "a", "c"])

    def test_run_next_says_if_there_was_a_job(self):
        self.queue.put(self.job("a"))
        self.assertEqual([self.queue.run_next(), self.queue.run_next()], [True, False])

    def test_delayed_job_waits_for_its_time(self):
        self.queue.put(self.job("late"), priority=9, delay=10)
        self.queue.put(self.job("now"))
        self.queue.run_all()
        self.assertEqual(self.log, ["now"])
        self.assertEqual(len(self.queue), 1)
        self.now = 10
        self.queue.run_all()
        self.assertEqual(self.log, ["now", "late"])

    def test_failed_job_is_tried_again_at_once(self):
        self.queue.put(self.failing(2), retries=2)
        self.queue.run_all()
        self.assertEqual(self.log, ["try"] * 3)
        self.assertEqual(self.queue.failed, [])

    def test_job_that_fails_too_often(self):
        self.queue.put(self.failing(5), retries=1)
        self.queue.put(self.job("next"), priority=-1)
        self.queue.run_all()
        self.assertEqual(self.log, ["try", "try", "next"])
        self.assertEqual([str(error) for error in self.queue.failed], ["busy"])
