"""A shadow comes and goes by a pointer of its own, and is never what was rejected."""

import pytest
from tests.registry.published import publish

from churn_mlops.errors import ConfigError, PromotionRefused
from churn_mlops.registry.acts import reject
from churn_mlops.registry.champion import read_champion
from churn_mlops.registry.shadow import read_shadow, set_shadow


def test_a_shadow_comes_goes_and_counts_its_moves(runs):
    version = publish(runs)
    assert read_shadow(runs, "shop") is None
    assert set_shadow(runs, "shop", version).generation == 1
    assert read_shadow(runs, "shop").version == version
    assert set_shadow(runs, "shop", None).generation == 2
    assert read_shadow(runs, "shop") is None
    assert read_champion(runs, "shop") is None


def test_a_rejected_model_shadows_nobody(runs):
    version = publish(runs)
    set_shadow(runs, "shop", version)
    reject(runs, "shop", version, "wrong")
    assert read_shadow(runs, "shop") is None
    with pytest.raises(PromotionRefused, match="rejected by"):
        set_shadow(runs, "shop", version)


def test_a_run_without_a_model_shadows_nobody(runs):
    with pytest.raises(ConfigError, match=r"registered no model. Cure: python pipeline\.py models"):
        set_shadow(runs, "shop", publish(runs, status="failed"))
