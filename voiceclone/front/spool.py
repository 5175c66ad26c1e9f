import io
import tempfile
from typing import IO

from voiceclone.front.threads import Threads

_BLOCK = 256 * 1024


class Spool:
    """A body as it arrives: a block of it in memory, the rest in a temporary file.

    The file is written in a thread, so that a slow disk does not hold up the event loop.
    """

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._block = bytearray()
        self._file: IO[bytes] | None = None
        self.length = 0

    async def write(self, data: bytes) -> None:
        """Add to it.

        Raises:
            OSError: the file cannot be written.
        """
        self.length += len(data)
        self._block += data
        if len(self._block) > _BLOCK:
            block, self._block = self._block, bytearray()
            await self._threads.run("", self._spill, block)

    def file(self) -> IO[bytes]:
        """Return all of it, to be read from its beginning. Blocks, though for one write only."""
        if self._file is None:
            return io.BytesIO(self._block)
        self._spill(self._block)
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Remove what was written."""
        if self._file is not None:
            self._file.close()

    def _spill(self, block: bytearray) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._file.write(block)
