"""What the service says when it is up."""

import os
from pathlib import Path

from django.conf import settings

from voiceclone.embedded.demo import Demo

_TRY = """\
KEY=$(cat {key})
VOICE=$(curl -s {url}/api/v1/voice-clone -H "Authorization: Bearer $KEY" \\
  -F voice=@{sample} -F title=Sample | sed 's/.*"voiceId":"\\([^"]*\\)".*/\\1/')
SPEECH=$(curl -s {url}/api/v1/tts -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d "{{\\"voiceId\\":\\"$VOICE\\",\\"text\\":\\"Hello! This is my new voice.\\"}}" \\
  | sed 's/.*"speechId":"\\([^"]*\\)".*/\\1/')
until curl -s {url}/api/v1/tts/$SPEECH -H "Authorization: Bearer $KEY" \\
  | grep -qE '"status":"(COMPLETED|FAILED)"'; do sleep 0.5; done
curl -s -o speech.mp3 "$(curl -s {url}/api/v1/tts/$SPEECH -H "Authorization: Bearer $KEY" \\
  | sed 's/.*"audioUrl":"\\([^"]*\\)".*/\\1/')" && ls -l speech.mp3"""


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _engine() -> str:
    if settings.ENGINE == "espeak":
        return "the preview engine,\n  which matches pitch and timbre, not identity"
    return f"the engine {settings.ENGINE}"


def banner(demo: Demo) -> str:
    """Return the greeting, with commands that can be pasted."""
    attempt = _TRY.format(
        url=settings.PUBLIC_URL,
        key=_shown(demo.key_file),
        sample=_shown(settings.BASE_DIR / "samples" / "voice.mp3"),
    )
    return f"""
voiceclone is up at {settings.PUBLIC_URL}  (API docs at /api/docs)

  This is the embedded service: one node, SQLite, and {_engine()}.
  Data lies in {_shown(settings.HOME)}.
  Log in as {demo.email}; the password is in {_shown(demo.password_file)},
  an API key with {"100,000"} credits in {_shown(demo.key_file)}. Ctrl-C stops it.

Clone a voice and have it speak:

{attempt}
"""
