"""``python -m voiceclone.embedded``: what ``make run`` starts."""

import os
from pathlib import Path

from voiceclone.embedded.preflight import bind, home_from_environment, lock_home, stop

_ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Check, then start."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.get(name):
            stop(f"{name} is set: this is the embedded service; see docs/operations.md")
    os.umask(0o077)  # what is kept here is for its owner alone
    home = home_from_environment(_ROOT / "var")
    os.environ["VOICECLONE_HOME"] = str(home)
    lock = lock_home(home)
    host = os.environ.get("VOICECLONE_BIND", "").strip() or "127.0.0.1"
    listener = bind(host, os.environ.get("PORT", "").strip() or "8000")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceclone.settings")
    try:
        import django  # noqa: PLC0415 - settings are read on import, after the checks
        from django.core.checks import run_checks  # noqa: PLC0415
        from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

        django.setup()
    except ImproperlyConfigured as error:
        stop(str(error))
    if faults := [check for check in run_checks() if check.is_serious()]:
        stop(" ".join(str(faults[0].msg).split()))
    from voiceclone.embedded.service import serve  # noqa: PLC0415 - needs loaded apps
    from voiceclone.running.leaving import leave  # noqa: PLC0415 - likewise, by its package

    serve(listener)
    os.close(lock)
    leave()


if __name__ == "__main__":
    main()
