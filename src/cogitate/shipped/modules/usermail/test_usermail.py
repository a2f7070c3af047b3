import unittest

from usermail import domain


class DomainTest(unittest.TestCase):
    def test_behind_the_at(self):
        self.assertEqual(domain("mia@example.org"), "example.org")

    def test_small_letters(self):
        self.assertEqual(domain("Bob@Mail.Example.COM"), "mail.example.com")

    def test_no_domain(self):
        self.assertEqual(domain("nobody"), "")
