"""Keys and values of every row that is being generated, in memory allotted once."""

import torch
from torch import Tensor


class Cache:
    """Static keys and values: a layer's have the shape (rows, heads, positions, head size).

    An utterance owns one row, or two adjacent ones beginning at an even row; it writes and
    reads no others, and a row's length lies with its owner.
    """

    def __init__(
        self,
        *,
        layers: int,
        rows: int,
        heads: int,
        positions: int,
        size: int,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        shape = (rows, heads, positions, size)
        self.rows = rows
        self.positions = positions
        self.keys = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(layers)]
        self.values = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(layers)]
        self._free = [True] * rows

    def room(self, count: int) -> int:
        """Return how many times ``count`` rows (1 or 2) can be had now."""
        if count == 1:
            return sum(self._free)
        return sum(first and second for first, second in zip(*[iter(self._free)] * 2, strict=False))

    def can_take(self, count: int) -> bool:
        """Return whether ``count`` rows (1 or 2) can be had now."""
        return self._place(count) is not None

    def take(self, count: int) -> int:
        """Take ``count`` rows and return the first. Raises IndexError where none are free."""
        first = self._place(count)
        if first is None:
            raise IndexError(f"no {count} adjacent rows are free")
        for row in range(first, first + count):
            self._free[row] = False
        return first

    def give(self, first: int, count: int) -> None:
        """Give rows back. Raises ValueError for rows that nobody owns."""
        if any(self._free[first : first + count]):
            raise ValueError(f"rows {first} to {first + count - 1} are not taken")
        for row in range(first, first + count):
            self._free[row] = True

    def store(self, layer: int, first: int, keys: Tensor, values: Tensor) -> None:
        """Write a prefill: ``keys`` and ``values`` (rows, heads, length, head size)."""
        rows, _, length, _ = keys.shape
        self.keys[layer][first : first + rows, :, :length] = keys
        self.values[layer][first : first + rows, :, :length] = values

    def _place(self, count: int) -> int | None:
        if count == 1:
            # A row whose neighbour is taken first, so that pairs stay whole.
            singles = [row for row, free in enumerate(self._free) if free]
            return min(singles, key=lambda row: (self._neighbour_free(row), row), default=None)
        pairs = range(0, self.rows - 1, 2)
        return next((row for row in pairs if self._free[row] and self._free[row + 1]), None)

    def _neighbour_free(self, row: int) -> bool:
        neighbour = row ^ 1
        return neighbour < self.rows and self._free[neighbour]
