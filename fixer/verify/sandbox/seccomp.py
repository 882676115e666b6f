"""The system-call filter of the sandbox: a classic BPF program, assembled here for the machines that it knows.

It denies what training never needs and what has let programs out of sandboxes before; everything else is allowed, for
PyTorch uses too much of the kernel for a list of what it may. Numbers: the kernel's own tables (asm/unistd_64.h,
asm-generic/unistd.h); the layout of ``seccomp_data`` and of an instruction: linux/seccomp.h, linux/filter.h.
"""

from __future__ import annotations

import errno
import platform
import struct

# Calls by name: number on x86_64, number on aarch64 (None: there is none).
_DENIED: dict[str, tuple[int | None, int | None]] = {
    # other processes' memory and descriptors
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "swapon": (167, 224), "swapoff": (168, 225),
    "quotactl": (179, 60), "acct": (163, 89), "fanotify_init": (300, 262),
    # memory that belongs to no process, so that no limit of a process counts it
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    # large parts of the kernel with a history of holes
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "vmsplice": (278, 75), "modify_ldt": (154, None), "personality": (135, 92),
    # the machine itself
    "reboot": (169, 142), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "syslog": (103, 116), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161),
    "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None), "vhangup": (153, 58),
    "uselib": (134, None), "lookup_dcookie": (212, 18), "move_pages": (279, 239), "migrate_pages": (256, 238),
}  # fmt: skip
_CLONE, _CLONE3, _IOCTL, _SOCKET = (56, 220), (435, 435), (16, 29), (41, 198)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x40000000
# CLONE_NEW*: time, mount, cgroup, uts, ipc, user, pid, net.
_NEW_NAMESPACES = 0x80 | 0x20000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. Not, for one, AF_VSOCK: it leads to a virtual machine's host, past namespaces.
_FAMILIES = (1, 2, 10, 16)

_LOAD, _EQUAL, _GREATER_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, (16, 24)
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000

Instruction = tuple[int, int, int, int]


def known(machine: str | None = None) -> bool:
    """Whether there is a filter for a machine (as ``platform.machine`` names it; default: this one)."""
    return (machine or platform.machine()) in _MACHINES


def program(machine: str | None = None) -> bytes:
    """The filter for a machine, as bwrap's ``--seccomp`` takes it. Raises KeyError for a machine that is not known."""
    column, architecture = _MACHINES[machine or platform.machine()]
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), _returns(_KILL), (_LOAD, 0, 0, _NUMBER),
    ]  # fmt: skip
    if column == 0:
        code += [(_GREATER_EQUAL, 0, 1, _X32), _returns(_ERROR | errno.ENOSYS)]
    for numbers in _DENIED.values():
        number = numbers[column]
        if number is not None:
            code += [(_EQUAL, 0, 1, number), _returns(_ERROR | errno.EPERM)]
    # Its flags lie in memory, out of the filter's sight: the C library falls back to clone.
    code += [(_EQUAL, 0, 1, _CLONE3[column]), _returns(_ERROR | errno.ENOSYS)]
    code += _if(_CLONE[column], 0, [(_ANY_BIT, 0, 1, _NEW_NAMESPACES), _returns(_ERROR | errno.EPERM)])
    denied = _returns(_ERROR | errno.EPERM)
    code += _if(_IOCTL[column], 1, [(_EQUAL, 0, 1, _TIOCSTI), denied, (_EQUAL, 0, 1, _TIOCLINUX), denied])
    skips = [(_EQUAL, len(_FAMILIES) - n, 0, family) for n, family in enumerate(_FAMILIES)]
    code += _if(_SOCKET[column], 0, [*skips, _returns(_ERROR | errno.EAFNOSUPPORT)])
    code.append(_returns(_ALLOW))
    return b"".join(struct.pack("=HBBI", *one) for one in code)


def _if(number: int, argument: int, then: list[Instruction]) -> list[Instruction]:
    """For one call: look at the lower half of an argument; what ``then`` does not decide is allowed."""
    body = [(_LOAD, 0, 0, _ARGUMENT[argument]), *then, _returns(_ALLOW)]
    return [(_EQUAL, 0, len(body), number), *body]


def _returns(what: int) -> Instruction:
    return (_RETURN, 0, 0, what)
