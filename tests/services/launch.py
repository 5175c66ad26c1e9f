"""Become a server that lives no longer than the process that asked for it.

Run as a script, ``python -I launch.py PARENT SIGNAL UID COMMAND...``: gives up root for ``UID``
(``-`` keeps the user), asks the kernel for ``SIGNAL`` when the thread that started this process
ends, and becomes COMMAND, which so keeps the process id. Being a program of its own it needs no
code between fork and exec, where the threads of the tests could deadlock it.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(parent: int, signal: int, uid: str, command: list[str]) -> None:
    if uid != "-":
        os.setgroups([])
        os.setgid(int(uid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After the change of user, which would clear it; kept across exec.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the process that wanted this server is gone")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
