# pyright: basic
# ruff: noqa: ARG002, B905, BLE001, N802, N815, PLC0415, SLF001
# ruff: noqa: PTH109, PTH110, PTH118
"""Runs a project's tests with pytest, or unittest, and reports each; sent as text to a sandbox.

It runs in the project's interpreter, which may be older than ours, and shares its process with the
candidate: what it reports is checked by `suite`. It takes a job as JSON in its first argument and
writes one JSON object a line to descriptor 3.
"""

import importlib
import importlib.util
import json
import linecache
import os
import random
import re
import sys
import unittest

_write, _dumps = os.write, json.dumps
_CHARS = 600


class OnlyNamedError(Exception):
    """Ends each test at once, where only the identities of tests are asked for."""


def tell(**fields):
    """Report one fact."""
    data = (_dumps(fields) + "\n").encode()
    while data:
        data = data[_write(3, data) :]


def described(error, target, tests):
    """Return an exception's kind and message, its line in the target, and the test's source."""
    cause = error.__cause__
    if type(error).__name__ == "CollectError" and cause is not None:
        error = cause
    line = source = None
    step = error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name == target:
            line = step.tb_lineno
        elif name in tests:
            source = linecache.getline(name, step.tb_lineno).strip()
        step = step.tb_next
    if isinstance(error, SyntaxError) and error.filename == target:
        line = error.lineno
    try:
        message = str(error)[:_CHARS]
    except BaseException:  # it is the candidate's own
        message = "its message cannot be shown"
    return {"kind": type(error).__name__, "message": message, "line": line, "source": source}


_COPY = re.compile(r"_t[0-9a-f]{8}d\d+$")
"""How the name of a test's changed copy ends."""


def shuffled(items, group, name, seed):
    """Return items in a random order, those of one group together, copies of tests behind them."""
    draw = random.Random(seed)
    groups = {}
    for item in items:
        key = group(item)
        members = groups.setdefault(key, {})
        members.setdefault(_COPY.sub("", name(item)), []).append(item)
    kept = [list(members.values()) for members in groups.values()]
    draw.shuffle(kept)
    for members in kept:
        draw.shuffle(members)
    together = [one for members in kept for one in members]
    for one in together:
        draw.shuffle(one)
        one.sort(key=lambda item: bool(_COPY.search(name(item))))
    return [item for one in together for item in one]


def plain(item):
    """Return the name of a test without its parameters."""
    return getattr(item, "originalname", None) or item.name


class Reporter:
    """A plugin of pytest."""

    def __init__(self, job, target, tests):
        self.job, self.about, self.ids = job, (target, tests), {}

    def pytest_configure(self, config):
        """Write none of the reports that the project's settings ask for: it is read-only."""
        for name in ("xmlpath", "htmlpath", "report_log", "json_report"):
            setattr(config.option, name, None)
        config.option.log_file = os.devnull

    def pytest_collection_modifyitems(self, items):
        """Give each item an identity that its parameters do not change."""
        counts = {}
        for item in items:
            base = item.nodeid[: len(item.nodeid) - len(item.name)]
            base += plain(item)
            counts[base] = counts.get(base, -1) + 1
            self.ids[item.nodeid] = f"{base}#{counts[base]}"
        if self.job["seed"] is not None:
            items[:] = shuffled(items, lambda item: item.parent.nodeid, plain, self.job["seed"])

    def pytest_exception_interact(self, node, call, report):
        """Report what stops the collection."""
        if getattr(report, "when", "collect") == "collect":
            tell(error=described(call.excinfo.value, *self.about), id=node.nodeid)

    def pytest_runtest_call(self, item):
        """Fail each test at once if its identity alone is asked for."""
        if self.job["only_ids"]:
            raise OnlyNamedError

    def pytest_runtest_makereport(self, item, call):
        """Report one phase of a test."""
        report = (yield).get_result()
        expected = hasattr(report, "wasxfail")
        fields = {
            "id": self.ids.get(item.nodeid, item.nodeid),
            "name": item.nodeid,
            "when": report.when,
            "outcome": f"x{report.outcome}" if expected else report.outcome,
        }
        if report.failed:
            if call.excinfo is None:
                fields["kind"], fields["message"] = "Failed", str(report.longrepr)[:_CHARS]
            else:
                fields.update(described(call.excinfo.value, *self.about))
        tell(**fields)

    def pytest_runtest_logreport(self, report):
        """Report parts of tests that failed, which have reports of their own."""
        if type(report).__name__.lower() == "subtestreport" and report.failed:
            text = str(report.longrepr).strip().rpartition("\n")[2]
            kind, _, message = text.partition(": ")
            fields = {"kind": kind.split()[-1], "message": message[:_CHARS]}
            name = report.nodeid
            tell(id=self.ids.get(name, name), name=name, when="call", outcome="failed", **fields)


def with_pytest(job, target, tests):
    """Run the tests by pytest."""
    import pytest

    mark = pytest.hookimpl
    mark(hookwrapper=True, tryfirst=True)(Reporter.pytest_runtest_makereport)
    mark(tryfirst=True)(Reporter.pytest_configure)
    mark(tryfirst=True)(Reporter.pytest_runtest_call)
    mark(trylast=True)(Reporter.pytest_collection_modifyitems)
    own = ["--verbosity=-1", "--tb=short", "--show-capture=no", "--maxfail=0", "-p", "no:randomly"]
    own += ["--rootdir", os.getcwd()]
    own += ["-o", "cache_dir=" + os.path.join(os.environ["TMPDIR"], "cache")]
    own += ["-n0"] if importlib.util.find_spec("xdist") else []
    own += ["--no-cov"] if importlib.util.find_spec("pytest_cov") else []
    pytest.main([*job["tests"], *own], plugins=[Reporter(job, target, tests)])


class Result(unittest.TestResult):
    """Reports each test of unittest in the phases of pytest."""

    def __init__(self, about):
        super().__init__()
        self.about = about

    def stopTest(self, test):
        """Report that the test came to its end."""
        self.say(test, "teardown", "passed")

    def addSuccess(self, test):
        """Report it."""
        self.say(test, "call", "passed")

    def addError(self, test, err):
        """Report it."""
        self.say(test, "call", "failed", **described(err[1], *self.about))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        """Report it."""
        if err is not None:
            self.addError(test, err)

    def addSkip(self, test, reason):
        """Report it."""
        self.say(test, "call", "skipped")

    def addExpectedFailure(self, test, err):
        """Report it."""
        self.say(test, "call", "xskipped")

    def addUnexpectedSuccess(self, test):
        """Report it."""
        self.say(test, "call", "failed", kind="Failed", message="an unexpected success")

    def say(self, test, when, outcome, **fields):
        """Report one phase."""
        name = getattr(test, "told", None) or str(test)
        tell(id=name + "#0", name=name, when=when, outcome=outcome, **fields)


def with_unittest(job, target, tests):
    """Run the tests by unittest."""
    cases = []
    for name, path in zip(job["tests"], tests):
        folder, module_name = package_of(path)
        sys.path[:0] = [folder, os.path.split(path)[0]]
        sys.modules.pop(module_name, None)
        try:
            module = importlib.import_module(module_name)
        except Exception as error:
            tell(error=described(error, target, tests), id=name)
            continue
        for case in flat(unittest.defaultTestLoader.loadTestsFromModule(module)):
            case.told = f"{name}::{type(case).__name__}::{case._testMethodName}"
            if job["only_ids"]:
                setattr(case, case._testMethodName, fail_at_once(case))
            cases.append(case)
    if job["seed"] is not None:
        cases = shuffled(cases, type, lambda case: case._testMethodName, job["seed"])
    unittest.TestSuite(cases).run(Result((target, tests)))


def package_of(path):
    """Return the folder that a test file is imported from, and its dotted name there."""
    folder, name = os.path.split(path[:-3])
    here = os.getcwd()
    while folder != here and os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        name = package + "." + name
    return folder, name


def fail_at_once(case):
    """Return a method that fails and is marked as the test's own method is."""
    method = getattr(case, case._testMethodName)

    def fail():
        raise OnlyNamedError

    fail.__dict__.update(method.__dict__)
    return fail


def flat(suite):
    """Yield the cases of a suite."""
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from flat(part)
        else:
            yield part


def copied(path, project, here):
    """Return where the copy has what a path in the project names, which is elsewhere at times."""
    in_copy = here + path[len(project) :]
    is_inside = (path + os.sep).startswith(project + os.sep)
    return in_copy if is_inside and os.path.exists(in_copy) else path


def main():
    """Run what the job names."""
    job = json.loads(sys.argv[1])
    here = os.getcwd()
    sys.argv[1:] = []
    sys.path[0] = here
    sys.path[:] = [copied(path, job["project"], here) for path in sys.path]
    target = os.path.join(here, job["target"])
    tests = [os.path.join(here, name) for name in job["tests"]]
    run = with_pytest if importlib.util.find_spec("pytest") else with_unittest
    run(job, target, tests)
    tell(done=True)


if __name__ == "__main__":  # sent as text it is; imported it is not
    main()
