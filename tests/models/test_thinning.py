import numpy as np
import pytest

from churn_mlops.models.thinning import thin_folds, thin_rows

Y = (np.arange(1000) % 10 == 0).astype(int)  # 100 leavers


@pytest.mark.parametrize(
    ("rows", "leavers", "kept", "left"),
    [(2000, 0.5, 1000, 100), (400, 0.5, 400, 100), (100, 0.5, 100, 50), (400, 0.1, 400, 40), (100, 0.01, 100, 10)],
)
def test_leavers_are_kept_up_to_their_share_of_the_sample(rows, leavers, kept, left):
    chosen = thin_rows(Y, rows, 0, leavers)
    assert (len(chosen), Y[chosen].sum()) == (kept, left)
    assert (np.diff(chosen) > 0).all()


def test_without_a_share_every_row_is_as_likely():
    counts = np.zeros(1000)
    for seed in range(200):
        counts[thin_rows(Y, 100, seed)] += 1
    assert counts[Y == 1].mean() == pytest.approx(20, abs=1.5)
    assert counts[Y == 0].mean() == pytest.approx(20, abs=1.5)


def test_the_seed_decides():
    one, again, other = (thin_rows(Y, 100, seed, 0.5).tolist() for seed in (1, 1, 2))
    assert one == again != other


def test_rows_stay_in_their_folds():
    folds = [(np.array([0, 1, 2]), np.array([3, 4])), (np.array([3, 4]), np.array([0, 1, 2]))]
    kept = np.array([1, 4, 9])
    made = [(train.tolist(), test.tolist()) for train, test in thin_folds(folds, kept)]
    assert made == [([0], [1]), ([1], [0])]
