"""An anchor is a line to keep elsewhere; anything else given for one is refused."""

import pytest

from churn_mlops.errors import ConfigError
from churn_mlops.registry.audit.anchor import Anchor, read_anchor


def test_an_anchor_is_read_as_it_was_printed():
    anchor = Anchor("shop-2.x", 17, "ab" * 32)
    assert str(anchor) == f"shop-2.x:17:{'ab' * 32}"
    assert read_anchor(f" {anchor}\n") == anchor


@pytest.mark.parametrize(
    "text", ["", "shop", "shop:1", f"shop:0:{'a' * 64}", f"shop:x:{'a' * 64}", "shop:1:" + "g" * 64]
)
def test_anything_else_is_refused_with_the_cure(text):
    with pytest.raises(ConfigError, match=r"DATASET:NUMBER:HASH.*audit anchor"):
        read_anchor(text)
