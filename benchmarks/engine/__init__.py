"""The Chatterbox engine beside the package it stands in for; see ``__main__``."""

import os

# Read when torch and the package are imported.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TQDM_DISABLE", "1")
