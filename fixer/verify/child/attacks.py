"""Attempts what the sandbox must stop. Run by path: ``python -I -S attacks.py SETTINGS`` (JSON).

Each function of ``ATTACKS`` tries one thing and returns what it got, in words; it raises an exception if it was
stopped. ``fixer doctor`` runs them inside a sandbox, the tests outside of one too, where they must succeed: they do no
harm there. ``SETTINGS`` holds ``limits`` (of ``confine``; null: none), ``attacks`` (names; default: all) and what to
aim at: ``tcp``, ``udp`` (ports of this machine), ``abstract``, ``socket`` (addresses of unix sockets), ``secret`` (a
file), ``home`` (paths in the user's home), ``word`` (in the environment and the command line of ``victim``, a
process), ``writable`` (folders that must not be), ``forks``, ``memory``, ``file``, ``scratch`` (too much of each).

Prints one object: for each attack ``{"got": words or null, "why": words}``.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import select
import signal
import socket
import sys
import tempfile
import time
from typing import Any

PATIENCE_S = 20
Settings = dict[str, Any]
_X86 = platform.machine() == "x86_64"
# System calls by number: on x86_64, elsewhere (asm-generic).
_CALLS = {"unshare": (272, 97), "mount": (165, 40), "keyctl": (250, 219), "bpf": (321, 280), "io_uring": (425, 425),
          "userfaultfd": (323, 282), "perf_event_open": (298, 241), "clone3": (435, 435)}  # fmt: skip


def _call(name: str, *arguments: Any) -> int:
    """A system call by its number. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    answer = int(libc.syscall(_CALLS[name][0 if _X86 else 1], *arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def _reach(family: int, kind: int, address: Any, said: bytes) -> str:
    with socket.socket(family, kind) as one:
        one.settimeout(2)
        one.connect(address)
        one.send(said)
        return f"answer {one.recv(100)!r}"


def tcp(given: Settings) -> str:
    return _reach(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", given["tcp"]), b"hello")


def udp(given: Settings) -> str:
    """As a question for a name would."""
    question = b"\0\1\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1"
    return _reach(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", given["udp"]), question)


def abstract_socket(given: Settings) -> str:
    return _reach(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + given["abstract"], b"hello")


def socket_file(given: Settings) -> str:
    return _reach(socket.AF_UNIX, socket.SOCK_STREAM, given["socket"], b"hello")


def other_families(_given: Settings) -> str:
    """A socket to the host of a virtual machine: no network namespace holds it."""
    with socket.socket(40, socket.SOCK_STREAM):
        return "a vsock socket"


def secret_file(given: Settings) -> str:
    with open(given["secret"], "rb") as file:
        return f"{len(file.read())} bytes of {given['secret']}"


def home(given: Settings) -> str:
    seen = [path for path in given["home"] if os.path.lexists(path)]
    if not seen:
        raise FileNotFoundError(errno.ENOENT, "none of its files is there")
    return f"{len(seen)} files of the home folder"


def passwords(_given: Settings) -> str:
    with open("/etc/shadow", "rb") as file:
        return f"{len(file.read())} bytes of /etc/shadow"


def write_outside(given: Settings) -> str:
    failed: OSError | None = None
    for folder in given["writable"]:
        path = os.path.join(folder, f".fixer-probe-{os.getpid()}")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        except OSError as error:
            failed = error
            continue
        os.unlink(path)
        return f"a file in {folder}"
    raise failed or OSError("no folder was named")


def symbolic_link(given: Settings) -> str:
    with tempfile.TemporaryDirectory() as folder:
        link = os.path.join(folder, "link")
        os.symlink(given["secret"], link)
        with open(link, "rb") as file:
            return f"{len(file.read())} bytes through a link"


def environment(given: Settings) -> str:
    for name in ["self", *filter(str.isdigit, os.listdir("/proc"))]:
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/environ", "rb") as file:
                if given["word"].encode() in file.read():
                    return f"the secret, from /proc/{name}/environ"
    raise LookupError("it is in no environment that can be read")


def processes(given: Settings) -> str:
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/cmdline", "rb") as file:
                said = file.read()
            if given["word"].encode() in said and b"attacks.py" not in said:
                return f"process {name}"
    raise LookupError("no process of the host is to be seen")


def kill(given: Settings) -> str:
    os.kill(given["victim"], 0)
    return f"a signal to process {given['victim']}"


def ptrace(_given: Settings) -> str:
    child = os.fork()
    if child == 0:
        time.sleep(PATIENCE_S)
        os._exit(0)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(16, child, None, None) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return "attached to a process"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def user_namespace(_given: Settings) -> str:
    _call("unshare", 0x10000000)
    return "a user namespace"


def user_namespace_clone3(_given: Settings) -> str:
    """The newer call, whose flags lie in memory."""
    arguments = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, signal.SIGCHLD)
    child = _call("clone3", ctypes.byref(arguments), ctypes.sizeof(arguments))
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "a process in a user namespace"


def mount(_given: Settings) -> str:
    with tempfile.TemporaryDirectory() as folder:
        _call("mount", b"none", folder.encode(), b"tmpfs", 0, None)
        ctypes.CDLL(None).umount2(folder.encode(), 2)
        return "a file system"


def keyring(_given: Settings) -> str:
    _call("keyctl", 0, -2, 1)  # the identity of the process's own keyring
    return "a keyring"


def io_uring(_given: Settings) -> str:
    parameters = ctypes.create_string_buffer(120)
    os.close(_call("io_uring", 1, parameters))
    return "an io_uring"


def userfaultfd(_given: Settings) -> str:
    os.close(_call("userfaultfd", 1))
    return "a descriptor for page faults"


def bpf(_given: Settings) -> str:
    attributes = (ctypes.c_uint32 * 32)(2, 4, 8, 1)  # an array of one element
    os.close(_call("bpf", 0, attributes, 128))
    return "a map in the kernel"


def terminal(_given: Settings) -> str:
    """Type into the terminal that the program was started from."""
    # Linux's TIOCSTI; a space and its removal change nothing.
    with open("/dev/tty", "rb+", buffering=0) as file:
        for letter in (b" ", b"\x7f"):
            fcntl.ioctl(file, 0x5412, letter)
    return "a key pressed in the terminal"


def privileges(_given: Settings) -> str:
    """Capabilities now, or through a program that is owned by root and has the s bit."""
    with open("/proc/self/status", encoding="ascii") as file:
        facts = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    if int(facts["CapEff"], 16) or int(facts["CapPrm"], 16):
        return f"capabilities {facts['CapEff']}"
    if facts["NoNewPrivs"].strip() != "1":
        return "new privileges through programs that give them"
    raise PermissionError("no capabilities, and no_new_privs is set")


def fork_bomb(given: Settings) -> str:
    children = []
    try:
        for _ in range(given["forks"]):
            child = os.fork()
            if child == 0:
                signal.pause()
                os._exit(0)
            children.append(child)
        return f"{len(children)} processes"
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror} after {len(children)} processes") from None
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def memory_bomb(given: Settings) -> str:
    return f"{16 * len(_take(given['memory']))} MiB"


def _take(size: int) -> list[mmap.mmap]:
    """Memory that is shared with whoever is forked later: a limit may forget to count it."""
    held = []
    for _ in range(0, size, 2**24):
        block = mmap.mmap(-1, 2**24)
        block.write(b"x" * 2**24)
        held.append(block)
    return held


def memory_bomb_together(given: Settings) -> str:
    """Several processes, none of which takes too much by itself."""
    ends, children = os.pipe(), []
    for _ in range(6):
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                blocks = _take(given["memory"] // 6)
                os.write(ends[1], b"x" if blocks else b"")
                signal.pause()
            os._exit(0)
        children.append(child)
    os.close(ends[1])
    held, until = 0, time.monotonic() + PATIENCE_S / 2
    try:
        while time.monotonic() < until:
            if select.select([ends[0]], [], [], 0.1)[0]:
                held += len(os.read(ends[0], 1))
            if any(os.waitpid(child, os.WNOHANG)[0] for child in children):
                raise MemoryError("one of the processes was killed")
            if held == len(children):
                until = min(until, time.monotonic() + 1)  # whoever counts may need a moment
        return f"{held * (given['memory'] // len(children)) >> 20} MiB in {held} processes"
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def huge_file(given: Settings) -> str:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    return _fill(given["file"], 1)


def many_files(given: Settings) -> str:
    return _fill(given["scratch"], 16)


def _fill(size: int, files: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            with open(os.path.join(folder, str(number)), "wb", buffering=0) as file:
                for _ in range(0, size // files, 2**20):
                    if file.write(bytes(2**20)) != 2**20:
                        raise OSError(errno.ENOSPC, "no more room")
    return f"{size >> 20} MiB in {files} files"


ATTACKS = {
    call.__name__.replace("_", "-"): call
    for call in (
        tcp, udp, abstract_socket, socket_file, other_families, secret_file, home, passwords, write_outside,
        symbolic_link, environment, processes, kill, ptrace, user_namespace, user_namespace_clone3, mount, keyring,
        io_uring, userfaultfd, bpf, terminal, privileges, fork_bomb, memory_bomb, memory_bomb_together, huge_file,
        many_files,
    )
}  # fmt: skip


def attempt(call: Any, given: Settings) -> dict[str, Any]:
    """Try one attack in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            answer = {"got": call(given), "why": ""}
        except BaseException as error:  # whatever stopped it is the answer
            answer = {"got": None, "why": _why(error)}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as file:
        ready, _, _ = select.select([file], [], [], PATIENCE_S)
        said = file.read() if ready else b""
    if not ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if said:
        answered: dict[str, Any] = json.loads(said)
        return answered
    return {"got": None, "why": f"killed by signal {os.waitstatus_to_exitcode(status)}" if ready else "it did not end"}


def _why(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return f"{errno.errorcode.get(error.errno, error.errno)}: {error.strerror}"
    return f"{type(error).__name__}: {error}".rstrip(": ")


def main() -> None:
    """Try the attacks that are asked for, and print what came of them."""
    given: Settings = json.loads(sys.argv[1])
    if given["limits"] is not None:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        import confine  # type: ignore[import-not-found]

        confine.confine(given["limits"])
    print(json.dumps({name: attempt(ATTACKS[name], given) for name in given.get("attacks", ATTACKS)}))


if __name__ == "__main__":
    main()
