"""Whether this machine can run the engine, and what to do where it cannot; needs no torch."""

import os
import sys
import types
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

_INSTALL_CPU = "pip install --no-deps -r requirements/chatterbox-cpu.txt"
_INSTALL = f"install the extra: pip install 'voiceclone[chatterbox]', or on a CPU: {_INSTALL_CPU}"
_FIRST_SETUPTOOLS_WITHOUT_PKG_RESOURCES = 81

_NEEDED = {
    "torch": "install torch==2.13.0 (CPU: from https://download.pytorch.org/whl/cpu)",
    "torchaudio": _INSTALL,
    "chatterbox": _INSTALL,
    "s3tokenizer": _INSTALL,
    "transformers": _INSTALL,
    "diffusers": _INSTALL,
    "conformer": _INSTALL,
    "librosa": _INSTALL,
    "safetensors": _INSTALL,
    "pyloudnorm": _INSTALL,
    "perth": _INSTALL,
}


def environment_problems() -> list[str]:
    """Return what keeps the engine from running here, each with how to mend it; empty if well.

    Looks at installed packages only: nothing heavy is imported and nothing downloaded.
    """
    problems = [
        f"The Python package {name} is missing: {mend}."
        for name, mend in _NEEDED.items()
        if find_spec(name) is None
    ]
    if find_spec("perth") is not None and not _has_pkg_resources():
        problems.append(
            "The watermark (perth) needs pkg_resources, which setuptools 81 removed: "
            "pip install 'setuptools<81'."
        )
    return problems


def _has_pkg_resources() -> bool:
    if find_spec("pkg_resources") is None:
        return False
    try:
        return int(version("setuptools").split(".")[0]) < _FIRST_SETUPTOOLS_WITHOUT_PKG_RESOURCES
    except (PackageNotFoundError, ValueError):
        return True


def prepare_imports() -> None:
    """Let the package's imports succeed on this machine; call before importing chatterbox.

    The published torchaudio loads a library linked to CUDA when it is imported and fails
    beside a CPU build of torch, though Chatterbox uses only its Python parts. Beside such a
    torch its extension is declared absent, as torchaudio itself does when built without it.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    torch = import_module("torch")
    if torch.version.cuda is not None or "torchaudio" in sys.modules:
        return
    sys.modules["torchaudio._extension"] = _absent_extension()


def _absent_extension() -> types.ModuleType:
    def needs_extension(function: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(*_: object, **__: object) -> None:
            raise RuntimeError(f"{function.__name__} needs torchaudio's compiled extension")

        return refuse

    extension: Any = types.ModuleType("torchaudio._extension")
    extension.__path__ = []
    extension._IS_TORCHAUDIO_EXT_AVAILABLE = False  # noqa: SLF001 - torchaudio's own names
    extension._IS_ALIGN_AVAILABLE = False  # noqa: SLF001
    extension._check_cuda_version = lambda: None  # noqa: SLF001
    extension.fail_if_no_align = needs_extension
    return extension  # type: ignore[no-any-return]
