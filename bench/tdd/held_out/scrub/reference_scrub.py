import re

PATTERN = re.compile(r"(\b(?:password|token|secret)(?:=|:\s*)|\bbearer\s+)[^\s,&]+", re.IGNORECASE)


def scrub(line):
    return PATTERN.sub(r"\1***", line)
