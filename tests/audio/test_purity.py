import subprocess
import sys

PROGRAM = """
import importlib, pkgutil, sys
import inference.audio
for module in pkgutil.iter_modules(inference.audio.__path__):
    importlib.import_module(f"inference.audio.{module.name}")
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_audio_works_without_django_torch_or_the_service():
    loaded = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "av" in loaded
    assert not {"django", "torch", "torchaudio", "voiceclone", "billing", "voices"} & set(loaded)
