"""Watching where single heads look, without keeping every head's attention."""

from collections.abc import Sequence

from torch import Tensor


class Spy:
    """Sums, over the watched heads, how much each row attends to each of its positions.

    ``attention`` is (utterances or rows, positions); the mean is wanted, so each head adds
    its share.
    """

    def __init__(self, heads: Sequence[tuple[int, int]], attention: Tensor) -> None:
        self._heads = dict(heads)
        self.attention = attention

    def look(self, layer: int, number: int, query: Tensor, keys: Tensor) -> None:
        """Add utterance ``number``: ``query`` (heads, size), ``keys`` (heads, length, size)."""
        head = self._heads.get(layer)
        if head is not None:
            scores = keys[head] @ query[head] * query.shape[-1] ** -0.5
            shares = scores.float().softmax(-1) / len(self._heads)
            self.attention[number, : len(shares)] += shares

    def look_all(self, layer: int, query: Tensor, keys: Tensor, seen: Tensor) -> None:
        """Add every row: ``query`` (rows, heads, size), ``keys`` (rows, heads, length, size)."""
        head = self._heads.get(layer)
        if head is not None:
            scores = (keys[:, head] @ query[:, head, :, None])[..., 0] * query.shape[-1] ** -0.5
            scores = scores.float().masked_fill(~seen, float("-inf"))
            self.attention[:, : scores.shape[1]] += scores.softmax(-1) / len(self._heads)
