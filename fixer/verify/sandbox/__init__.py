"""The sandbox in which ``fixer verify --sandbox`` and the bot run scripts: bubblewrap, a system-call filter, limits.

    from fixer.verify.core import verify
    from fixer.verify.sandbox import Sandbox, available

    probe = available()
    if not probe:
        print(probe.reason)               # one sentence: what is missing, and what to do
    else:
        answer = verify(job, sandbox=True)             # one script
        with Sandbox(python, project) as box, Server(python, "cpu", box) as server:
            answers = [verify(job, server) for job in jobs]   # several of one project, with one import of torch

Scripts of one sandbox share its process namespace: give each author, so each pull request, a sandbox of its own.
``verify(job, sandbox=True)`` never runs a script without: where it cannot, the answer is ``could-not-run``.

What a script meets inside:

* its own user, process, network, IPC and host name namespaces; no capabilities, no new ones, no new user namespaces;
* the system (/usr), the interpreter and the project's big files read-only; a writable copy of the project in memory.
  Nothing else of the file system is there: no home, no /etc but for a few files that hold no secret, no host's /tmp.
  A link of the project that leads out of it is not followed;
* an environment of a dozen named variables; no standard input; no terminal;
* a filter that denies some 60 system calls (``seccomp``);
* limits (``Limits``) on memory, processes, time, size of files, and what it may send. When the time is up, or the
  server ends, the whole process namespace goes.

Memory and processes are counted together in control groups where these can be made (as root). Elsewhere RLIMIT_AS and
RLIMIT_NPROC bind each process, and the memory of all of them together is looked at four times a second.

What it sends: a trace and the beginning of what it prints, each through a pipe of its own that the server relays and
bounds. Each line of the trace carries a seal, so what a script prints, or writes into a descriptor that it finds open,
counts for nothing: the verdict is then ``could-not-run``. Control characters never reach a terminal.

**What is not protected: the truth of a trace against its own script.** Tracer and script share one interpreter; one
that is written to deceive can find the tracer there, and make it tell what it likes. A verdict on a hostile script
says nothing; what the sandbox ensures is that obtaining it harmed nobody. Nor does it protect against holes in the
kernel, which is shared: whoever runs strangers' code for many should add a virtual machine.
"""

from __future__ import annotations

from fixer.verify.sandbox.box import Limits, Sandbox, Unavailable
from fixer.verify.sandbox.probe import Probe, available

__all__ = ["Limits", "Probe", "Sandbox", "Unavailable", "available"]
