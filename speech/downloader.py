"""The threads of a worker process that download recordings for speeches."""

import threading
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import close_old_connections, connection

from speech.downloads import claim_download, run_download, subscribe_to_requests
from voices.models import ReferenceDownload

log = structlog.get_logger(__name__)

THREADS = 8
"""Downloads that one process has under way at most."""
_LOOK_SECONDS = 2.0
"""How long a lost notice delays a download."""


class Downloader:
    """The process's thread that claims downloads, and the threads that make them."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._look = threading.Event()
        self._slots = threading.Semaphore(THREADS)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="downloads")
        self._thread = threading.Thread(target=self._run, name="downloader", daemon=True)

    def start(self) -> None:
        """Begin to claim."""
        self._unsubscribe = subscribe_to_requests(self._look.set)
        self._thread.start()

    def stop(self) -> None:
        """Claim no more; a download under way is claimed again when its lease has run out."""
        self._stopping.set()
        self._look.set()
        self._unsubscribe()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._look.clear()
            try:
                close_old_connections()
                self._claim_all()
            except Exception as error:  # noqa: BLE001 - a database that restarts must not end this
                log.warning("downloads_not_claimed", error=repr(error))
            self._look.wait(_LOOK_SECONDS)
        connection.close()

    def _claim_all(self) -> None:
        while not self._stopping.is_set() and self._slots.acquire(blocking=False):
            held = claim_download()
            if held is None:
                self._slots.release()
                return
            self._pool.submit(self._download, held)

    def _download(self, held: ReferenceDownload) -> None:
        try:
            run_download(held)
        except Exception:
            log.exception("download_not_recorded")
        finally:
            connection.close()
            self._slots.release()
            self._look.set()
