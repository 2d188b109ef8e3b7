"""How far masks overlap."""

import numpy as np
import pytest

from keras_gen import metrics
from keras_gen.errors import BadInput
from keras_gen.metrics.segmentation import dice, iou
from keras_gen.trial import Trial

TRUTH = np.array([[0, 0, 1, 1], [0, 0, 1, 1]])
MADE = np.array([[0, 1, 1, 1], [0, 0, 0, 1]])


def test_overlap_of_masks_made_by_hand():
    """3 of 5 pixels are in both sets, for either class: 3/5, and 6/8."""
    np.testing.assert_allclose(iou(MADE, TRUTH, 2), [3 / 5, 3 / 5])
    np.testing.assert_allclose(dice(MADE, TRUTH, 2), [6 / 8, 6 / 8])
    np.testing.assert_allclose(iou(TRUTH, TRUTH, 2), 1)
    np.testing.assert_allclose(iou(1 - TRUTH, TRUTH, 2), 0)


def test_pixels_to_be_ignored_do_not_count_for_either_mask():
    """The two wrong ones are masked out; or one of them, and 3/4 is left of one."""
    truth = np.where(MADE != TRUTH, -1, TRUTH)
    np.testing.assert_allclose(iou(MADE, truth, 2, ignore=-1), 1)
    truth = TRUTH.copy()
    truth[0, 1] = 255
    np.testing.assert_allclose(iou(MADE, truth, 2, ignore=255), [3 / 4, 3 / 4])
    np.testing.assert_allclose(dice(MADE, truth, 2, ignore=255), [6 / 7, 6 / 7])


def test_a_class_that_nobody_saw_is_no_success_and_no_failure():
    values = iou(MADE, TRUTH, 3)
    assert np.isnan(values[2]) and np.isnan(dice(MADE, TRUTH, 3)[2])
    with pytest.raises(BadInput, match="one shape"):
        iou(MADE, TRUTH[:1], 2)


def test_the_card_has_the_overlap_beside_that_of_the_best_threshold():
    truth = np.tile(TRUTH[None, ..., None].astype("float32"), (3, 1, 1, 1))
    made = np.tile(MADE[None, ..., None].astype("float32"), (3, 1, 1, 1))

    class Finder:
        def trial(self, x, seed):
            return Trial(0.3 + 0.4 * truth, made, truth, kinds=2)

    card = metrics.evaluate(Finder(), truth, truth, None)
    assert set(card) == {"iou", "baseline_iou"}
    assert card["iou"]["value"] == pytest.approx(3 / 5)
    assert card["baseline_iou"]["value"] == 1
