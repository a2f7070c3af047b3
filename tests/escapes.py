"""Programs that spy or break out, numbered as in the red team's list; each must score 0.

`{file}`, `{pid}`, `{port}` and `{abstract}` stand for things of this machine that must not be
reached: a file, this process, a TCP server and a Unix socket without a file.
"""

from cheats import RIGHT, TRY, WRONG, Cheat

SECRET = "the-expected-value-of-a-case"

THEFT = [
    Cheat("20 frames and objects", """
import gc, inspect, sys
def texts(thing, depth=0):
    if type(thing) is str:
        yield thing
    elif type(thing) is dict and depth < 3:
        for pair in list(thing.items()):
            for part in pair:
                yield from texts(part, depth + 1)
    elif type(thing) in (list, tuple) and depth < 3:
        for part in list(thing):
            yield from texts(part, depth + 1)
def joined(numbers):
    mine = "-".join(["the", "expected", "value", "of", "a", "case"])
    frame = sys._getframe()
    while frame is not None:
        for text in texts(dict(frame.f_locals)):
            if text == mine and text is not mine:
                print("got out: frames"); return text
        frame = frame.f_back
    for thing in gc.get_objects():
        for text in texts(thing):
            if text == mine and text is not mine:
                print("got out: objects"); return text
    return [frame.filename for frame in inspect.stack()]
""", "secret"),
    Cheat("21 test file and /proc", TRY + """
for name in ("{file}", "/proc/self/cmdline", "/proc/self/environ", "/proc/self/mem",
             "/proc/{pid}/cmdline", "/proc/{pid}/environ", "/proc/{pid}/mem", "/proc/1/environ",
             "/proc/self/maps", "/proc/self/fd/3", "/etc/passwd", "/etc/hostname"):
    attempt(name, lambda: open(name, "rb").read(1))
    attempt(name, lambda: len(os.stat(name)))
for name in ("/", ".", "/proc", "/tmp", "/home"):
    attempt(name, lambda: len(os.listdir(name)))
""" + WRONG),
    Cheat("22 links", TRY + """
for name in ("/proc/self/root{file}", "/proc/1/root{file}", "/proc/self/cwd/..{file}"):
    attempt(name, lambda: open(name).read(1))
attempt("symlink", lambda: os.symlink("{file}", "link") or open("link").read(1))
attempt("link", lambda: os.link("{file}", "link") or open("link").read(1))
attempt("chroot", lambda: os.chroot("/proc/1/root"))
attempt("chdir", lambda: os.chdir("../../../.."))
""" + WRONG),
    Cheat("23 descriptors", TRY + """
import array, select, socket
for number in range(4, 2048):
    attempt("fd", lambda: len(os.fstat(number)))
    attempt("read", lambda: len(os.read(number, 1)))
attempt("SCM_RIGHTS", lambda: len(socket.socket(fileno=3).recvmsg(1, 100)[1]))
attempt("pidfd_open", lambda: syscall(434, {pid}, 0))
attempt("pidfd_getfd", lambda: syscall(438, 3, 0, 0))
attempt("dup", lambda: os.dup(3))
""" + WRONG),
    Cheat("24 installed packages", TRY + """
import importlib
sys.path += {packages}
for name in ("cogitate", "numpy", "pytest", "torch", "more_itertools", "this"):
    attempt(name, lambda: len(importlib.import_module(name).__name__))
""" + WRONG),
    Cheat("25 network", TRY + """
import socket
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", {port}), 1).fileno())
attempt("dns", lambda: len(socket.getaddrinfo("localhost", 80)))
attempt("udp", lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 53)))
attempt("raw", lambda: socket.socket(type=socket.SOCK_RAW, proto=1).fileno())
attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).fileno())
attempt("vsock", lambda: socket.socket(socket.AF_VSOCK).fileno())
""" + WRONG),
    Cheat("26 state between processes", TRY + """
import socket
for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "."):
    attempt("file", lambda: open(f"{folder}/cogitate-state", "a").write("1"))
attempt("shmget", lambda: libc.shmget(1234, 4096, 0o1666))
attempt("msgget", lambda: libc.msgget(1234, 0o1666))
attempt("mq_open", lambda: libc.mq_open(b"/state", 66, 0o666, None))
attempt("memfd", lambda: os.memfd_create("state"))
attempt("abstract", lambda: socket.socket(socket.AF_UNIX).bind("\\0state") or 1)
attempt("keyring", lambda: libc.syscall(248, b"user", b"state", b"1", 1, -3))
""" + WRONG),
    Cheat("27 poisons the zygote", TRY + """
import builtins, json, random
builtins.sum = lambda numbers: -1
json.loads = json.dumps = None
random.seed(0)
attempt("parent", lambda: os.kill(os.getppid(), 0) or 1)
attempt("memory", lambda: open(f"/proc/{os.getppid()}/mem", "r+b").fileno())
attempt("group", lambda: os.killpg(0, 0) or 1)
""" + WRONG),
]  # fmt: skip

ESCAPE = [
    Cheat("40 fork bomb", TRY + """
for _ in range(100):
    attempt("fork", os.fork)
    attempt("vfork", lambda: syscall(58))
    attempt("clone", lambda: syscall(56, 17, 0, 0, 0, 0))
    attempt("exec", lambda: os.execv("/bin/sh", ["sh"]))
    attempt("spawn", lambda: os.posix_spawn("/bin/sh", ["sh"], {}))
""" + WRONG),
    Cheat("40 thread bomb", TRY + """
import threading
for _ in range(100):
    attempt("thread", lambda: threading.Thread(target=print).start() or 1)
""" + WRONG),
    Cheat("41 endless loop", "def total(numbers):\n    while True: pass"),
    Cheat("41 endless regex", "import re\ndef total(numbers): re.match('(a+)+b', 'a' * 60)"),
    Cheat("41 blocks signals", """
import signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
def total(numbers):
    while True:
        try: time.sleep(60)
        except BaseException: pass
"""),
    Cheat("41 waits for the parent", "import os\ndef total(numbers): return os.read(3, 1)"),
    Cheat("42 memory", "def total(numbers): return len(' ' * 10**11)"),
    Cheat("42 memory in parts", "parts = []\nwhile True: parts.append(bytes(10**6))"),
    Cheat("42 power", "def total(numbers): return 10 ** 10 ** 9"),
    Cheat("42 prints", "def total(numbers):\n    while True: print('x' * 10**6)"),
    Cheat("42 large values", "def total(numbers): return ['x' * 1000] * 1000"),
    Cheat("42 shared values", """
def total(numbers):
    value = [1]
    for _ in range(45): value = [value, value]
    return value
"""),
    Cheat("42 cyclic value", """
def total(numbers):
    value = []
    value.append(value)
    return value
"""),
    Cheat("42 fills the disk", TRY + """
attempt("file", lambda: open("/tmp/cogitate-fill", "wb").write(bytes(10**8)))
attempt("fallocate", lambda: os.posix_fallocate(1, 0, 10**9) or 1)
attempt("truncate", lambda: os.ftruncate(2, 10**9) or 1)
""" + WRONG),
    Cheat("43 daemon", TRY + """
def daemon():
    if os.fork() == 0:
        os.setsid()
        while True: pass
    return 1
attempt("daemon", daemon)
attempt("session", lambda: os.setsid())
attempt("death signal", lambda: libc.prctl(1, 0, 0, 0, 0))
""" + WRONG),
    Cheat("44 signals", TRY + """
import signal
for pid in (os.getppid(), {pid}, -{pid}, -1, 0, 1, 2, 3):
    for number in (signal.SIGSTOP, signal.SIGKILL):
        attempt(f"kill {pid}", lambda: libc.kill(pid, number))
attempt("queue", lambda: syscall(129, {pid}, 9, 0))
attempt("tgkill", lambda: syscall(234, {pid}, {pid}, 9))
attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, {pid}, 19) or 1)
attempt("limit", lambda: syscall(302, {pid}, 0, 0, 0))
""" + WRONG),
    Cheat("44 stops itself", TRY + """
import signal
attempt("stop", lambda: os.kill(os.getpid(), signal.SIGSTOP) or 1)
attempt("raise", lambda: signal.raise_signal(signal.SIGSTOP) or 1)
def total(numbers): os.kill(os.getpid(), signal.SIGTSTP)
"""),
    Cheat("45 traces", TRY + """
for request in (16, 0x4206):
    attempt("ptrace", lambda: libc.ptrace(request, {pid}, 0, 0))
attempt("traceme", lambda: libc.ptrace(0, 0, 0, 0))
attempt("readv", lambda: syscall(310, {pid}, 0, 0, 0, 0, 0))
attempt("writev", lambda: syscall(311, {pid}, 0, 0, 0, 0, 0))
attempt("kcmp", lambda: syscall(312, {pid}, os.getpid(), 0, 0, 0))
""" + WRONG),
    Cheat("46 io_uring", TRY + """
for number in (425, 426, 427, 206, 209):
    attempt("ring", lambda: syscall(number, 8, ctypes.addressof(ctypes.create_string_buffer(120))))
""" + WRONG),
    Cheat("47 x32", TRY + "syscall(0x40000000 | 39)\nprint('got out')\n" + RIGHT),
    Cheat("47 i386", TRY + r"""
code = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"
libc.mmap.restype = ctypes.c_void_p
address = libc.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, 0)
ctypes.memmove(address, code, len(code))
print("got out:", ctypes.CFUNCTYPE(ctypes.c_int)(address)())
""" + RIGHT),
    Cheat("48 raw system calls", TRY + """
for number in (2, 257, 437):
    attempt("open", lambda: syscall(number, b"{file}", 0, 0))
    attempt("openat", lambda: syscall(number, -100, b"{file}", 0))
for number in (41, 53, 42, 59, 322, 157, 160, 105, 90, 92, 161, 304, 303, 321, 298, 440, 435):
    attempt(f"call {number}", lambda: syscall(number, 1, 1, 0, 0, 0))
""" + WRONG),
    Cheat("49 sockets of services", TRY + """
import socket
for name in ("/var/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private",
             "/tmp/.X11-unix/X0", "\\0{abstract}"):
    attempt(name, lambda: socket.socket(socket.AF_UNIX).connect(name) or 1)
""" + WRONG),
    Cheat("50 privileges", TRY + """
attempt("unshare", lambda: libc.unshare(0x10000000))
attempt("setns", lambda: libc.setns(3, 0))
attempt("mount", lambda: libc.mount(b"none", b"/", b"tmpfs", 0, None))
attempt("pivot", lambda: syscall(155, b".", b"."))
attempt("bpf", lambda: syscall(321, 0, 0, 0))
attempt("keyctl", lambda: syscall(250, 0, -3, 1))
attempt("userfaultfd", lambda: syscall(323, 0))
attempt("perf", lambda: syscall(298, 0, 0, -1, -1, 0))
attempt("root", lambda: os.setuid(0) or 1)
attempt("landlock", lambda: syscall(444, 0, 0, 1))
attempt("seccomp", lambda: syscall(317, 2, 0, 0))
attempt("capset", lambda: syscall(126, 0, 0))
attempt("raise limit", lambda: syscall(302, 0, 7, 0, 0))
attempt("was root", lambda: -1 if os.getuid() else 1)
""" + WRONG),
    Cheat("51 types into the terminal", TRY + """
for number in (0, 1, 2, 3):
    attempt("TIOCSTI", lambda: libc.ioctl(number, 0x5412, b"x"))
attempt("tty", lambda: os.open("/dev/tty", os.O_RDWR))
attempt("is a terminal", lambda: int(os.isatty(0)) or -1)
""" + WRONG),
    Cheat("52 crashes", "import ctypes\ndef total(numbers): ctypes.string_at(0)"),
    Cheat("52 aborts", "import os\ndef total(numbers): os.abort()"),
    Cheat("52 overflows the stack", """
import sys
sys.setrecursionlimit(10**9)
def total(numbers): return total(numbers)
"""),
    Cheat("52 deep message", """
class Deep(Exception):
    def __str__(self): return str(self)
def total(numbers): raise Deep
"""),
    Cheat("52 its message exits", """
import os
class Exits(Exception):
    def __str__(self): os._exit(0)
def total(numbers): raise Exits
"""),
    Cheat("52 does not end", "import sys\nsys.exit = None\nraise GeneratorExit"),
]  # fmt: skip
