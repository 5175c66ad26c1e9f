#!/usr/bin/env python
"""Django's command line for voiceclone."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceclone.settings")
    from voiceclone.command_line import run

    run(sys.argv)
