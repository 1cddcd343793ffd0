"""The best one-to-one assignment of columns to fields (MAP-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]


def assigned(scores: Scores) -> list[tuple[int, int]]:
    """Row and column of each pair of the assignment whose scores sum up to the most; pairs that score nothing are left out.

    The Hungarian method, by shortest augmenting paths: its work grows with the square of the smaller side, times the
    larger.
    """
    import numpy as np

    if scores.size == 0:
        return []
    if scores.shape[0] > scores.shape[1]:
        return sorted((row, column) for column, row in assigned(scores.T))
    rows, columns = scores.shape
    costs = scores.max() - scores
    of_row, of_column = np.zeros(rows + 1), np.zeros(columns + 1)
    holder = np.zeros(
        columns + 1, dtype=int
    )  # column → its row, both from 1; column 0 holds the row that seeks one
    for row in range(1, rows + 1):
        holder[0], here = row, 0
        least, via = np.full(columns + 1, np.inf), np.zeros(columns + 1, dtype=int)
        done = np.zeros(columns + 1, dtype=bool)
        while holder[here]:
            done[here] = True
            at = holder[here]
            reduced = costs[at - 1] - of_row[at] - of_column[1:]
            nearer = ~done[1:] & (reduced < least[1:])
            least[1:][nearer], via[1:][nearer] = reduced[nearer], here
            after = int(np.argmin(np.where(done, np.inf, least)[1:])) + 1
            step = least[after]
            of_row[holder[done]] += step
            of_column[done] -= step
            least[~done] -= step
            here = after
        while here:
            holder[here] = holder[via[here]]
            here = int(via[here])
    pairs = ((int(holder[column]) - 1, column - 1) for column in range(1, columns + 1) if holder[column])
    return sorted((row, column) for row, column in pairs if scores[row, column] > 0)
