"""What docs/configuration.md shows is read as it says, and it leaves no setting out."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from churn_mlops.config import (
    AlertRules,
    Column,
    Config,
    Dataset,
    Events,
    Hooks,
    Limits,
    Money,
    Policy,
    Reading,
    RetrainRules,
    Schedule,
    read_config,
)
from churn_mlops.data.expectations import Expectations

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "configuration.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
LEAST = (
    '[dataset]\nname = "a"\nsource = "a.csv"\nid = "i"\ntarget = "t"\n'
    "[money]\nvalue_kept = 9\noffer_cost = 1\nsuccess_rate = 0.5\n"
)


def read(folder: Path, example: str) -> Config:
    least = LEAST[: LEAST.index("[money]")] if "[money]\n" in example else LEAST
    (folder / "a.toml").write_text(
        (least.replace('target = "t"\n', "") if "[events]\n" in example else least) + example
    )
    return read_config(folder / "a.toml")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_every_example_is_a_sound_definition(tmp_path, example):
    read(tmp_path, example)


def test_the_examples_mean_what_is_said(tmp_path):
    config = read(tmp_path, "\n".join(EXAMPLES))
    assert config.parameters["train"] == {"folds": 4}
    assert Expectations(**config.parameters["data"]).max_row_change == 0.2
    assert config.definition.columns["tenure"] == Column("number", "months", low=0, required=True)
    source = config.definition.source
    assert (source.delimiter, source.decimal, source.number_rows) == (";", ",", "row")
    assert (config.limits_of("data").seconds, config.limits_of("data").retries) == (900, 0)
    assert (config.limits_of("train").seconds, config.limits_of("train").memory_mb) == (3600, 4000)
    assert (config.definition.events.windows, config.definition.events.active_days) == ((30, 90, 365), 180)
    assert config.definition.money.columns == {"value_kept": "revenue_12m"}
    assert (config.policy.approval, len(config.policy.keys)) == ("two", 1)
    assert config.schedule.every_days == 7
    assert (config.alerts.at_once, config.alerts.channels) == (("high", "data old"), ("OPS_SLACK",))
    assert (config.retrain.every_days, config.retrain.budget) == (30, 4)
    assert config.hooks.on_alert == ("tools/call_somebody.sh", "--quietly")


@pytest.mark.parametrize(
    "name",
    [
        f.name
        for cls in (Dataset, Reading, Column, Events, Money, Limits, Hooks, Policy, Schedule, AlertRules, RetrainRules)
        for f in fields(cls)
    ],
)
def test_every_setting_is_named(name):
    assert re.search(rf"\b{name}\b", TEXT)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", TEXT))
def test_every_link_leads_to_a_file(link):
    assert (ROOT / "docs" / link).exists()
