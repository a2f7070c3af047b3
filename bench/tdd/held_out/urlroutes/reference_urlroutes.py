import re

PATTERNS = {"int": r"\d+", "path": r".+", "str": r"[^/]+"}
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


class NotFound(Exception):
    pass


class MethodNotAllowed(Exception):
    def __init__(self, allowed):
        super().__init__("allowed: " + ", ".join(allowed))
        self.allowed = allowed


class Router:
    def __init__(self):
        self.routes = []

    def add(self, method, pattern, handler):
        regex = ""
        ints = set()
        end = 0
        for match in PARAMETER.finditer(pattern):
            kind, name = match[1] or "str", match[2]
            if kind == "int":
                ints.add(name)
            regex += re.escape(pattern[end : match.start()]) + f"(?P<{name}>{PATTERNS[kind]})"
            end = match.end()
        regex += re.escape(pattern[end:])
        self.routes.append((method, pattern, handler, re.compile(regex), ints))

    def match(self, method, url):
        path = url.partition("?")[0].rstrip("/") or "/"
        allowed = set()
        for route_method, _, handler, regex, ints in self.routes:
            found = regex.fullmatch(path)
            if not found:
                continue
            if route_method == method:
                params = found.groupdict()
                return handler, {k: int(v) if k in ints else v for k, v in params.items()}
            allowed.add(route_method)
        if allowed:
            raise MethodNotAllowed(sorted(allowed))
        raise NotFound(path)

    def url_for(self, handler, **params):
        for _, pattern, name, _, _ in self.routes:
            if name == handler:
                return PARAMETER.sub(lambda match: str(params[match[2]]), pattern)
        raise KeyError(handler)
