"""The best assignment is the best there is (MAP-1)."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stocktake.mapping.assignment import assigned

SIZES = st.tuples(st.integers(1, 5), st.integers(1, 5))
SCORES = SIZES.flatmap(
    lambda size: st.lists(
        st.lists(st.sampled_from([0.0, 0.2, 0.6, 0.61, 0.8, 1.0]), min_size=size[1], max_size=size[1]),
        min_size=size[0],
        max_size=size[0],
    )
)


def best_sum(scores: np.ndarray) -> float:
    if scores.shape[0] > scores.shape[1]:
        scores = scores.T
    rows, columns = scores.shape
    return max(
        float(sum(scores[row, column] for row, column in enumerate(chosen)))
        for chosen in permutations(range(columns), rows)
    )


@given(SCORES)
def test_no_other_assignment_scores_more_map_1(table):
    scores = np.array(table)

    pairs = assigned(scores)

    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(scores[pair] > 0 for pair in pairs)
    assert abs(sum(float(scores[pair]) for pair in pairs) - best_sum(scores)) < 1e-9


def test_nothing_is_assigned_where_nothing_is():
    assert assigned(np.zeros((0, 3))) == []
    assert assigned(np.zeros((2, 2))) == []


def test_the_likest_column_gives_way_where_both_are_served_so():
    assert assigned(np.array([[0.9, 0.8], [0.85, 0.0]])) == [(0, 1), (1, 0)]
