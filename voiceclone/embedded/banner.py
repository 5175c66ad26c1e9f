"""What the service says when it is up."""

import os
from pathlib import Path

from django.conf import settings

from voiceclone.embedded.demo import Demo

_TRY = """\
( # ends at the first step that fails, with the answer on the screen
KEY=$(cat {key})
VOICE=$(curl -sS {url}/api/v1/voice-clone -H "Authorization: Bearer $KEY" \\
  -F voice=@{sample} -F title=Sample \\
  | tee /dev/stderr | sed -n 's/.*"voiceId":"\\([^"]*\\)".*/\\1/p')
: "${{VOICE:?the voice was not cloned}}"
SPEECH=$(curl -sS {url}/api/v1/tts -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d "{{\\"voiceId\\":\\"$VOICE\\",\\"text\\":\\"Hello! This is my new voice.\\"}}" \\
  | tee /dev/stderr | sed -n 's/.*"speechId":"\\([^"]*\\)".*/\\1/p')
: "${{SPEECH:?the speech was not accepted}}"
for TRY in $(seq 240); do
  ANSWER=$(curl -sS {url}/api/v1/tts/$SPEECH -H "Authorization: Bearer $KEY")
  case $ANSWER in *'"status":"PROCESSING"'*) sleep 0.5 ;; *) break ;; esac
done
AUDIO=$(echo "$ANSWER" | sed -n 's/.*"audioUrl":"\\([^"]*\\)".*/\\1/p')
curl -sSL --fail -o speech.mp3 "${{AUDIO:?there is no audio: $ANSWER}}" && ls -l speech.mp3
)"""


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
