"""How a process of ours ends."""

import os
import sys
from typing import NoReturn


def leave() -> NoReturn:
    """End the process well, now that its parts are stopped.

    Threads that need not be waited for may be in native code. The interpreter's own end would
    take things from under them, and has been seen to abort.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
