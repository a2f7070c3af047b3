import re


def compile_pattern(pattern):
    folder = pattern.endswith("/")
    body = pattern.rstrip("/")
    anchored = "/" in body
    regex = re.escape(body.lstrip("/")).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    start = "" if anchored else "(?:.*/)?"
    return re.compile(start + regex + ("/.+" if folder else ""))


class IgnoreRules:
    def __init__(self, lines):
        self._rules = []
        for line in lines:
            pattern = line.strip()
            if not pattern or pattern.startswith("#"):
                continue
            ignore = not pattern.startswith("!")
            self._rules.append((compile_pattern(pattern.removeprefix("!")), ignore))

    def ignores(self, path):
        verdict = False
        for regex, ignore in self._rules:
            if regex.fullmatch(path):
                verdict = ignore
        return verdict

    def keep(self, paths):
        return [path for path in paths if not self.ignores(path)]
