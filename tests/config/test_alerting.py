import pytest

from churn_mlops.config import AlertRules, read_alert_rules
from churn_mlops.config.alerting import alert_rules
from churn_mlops.errors import ConfigError


def test_all_of_the_rules_can_be_set(tmp_path):
    path = tmp_path / "shop.toml"
    path.write_text(
        '[dataset]\nname = "shop"\n[alerts]\nopen_after = 3\nof_last = 5\nresolve_after = 1\nat_once = ["low"]\n'
        'high_share = 0.5\nmedium_share = 0.1\nchannels = ["OPS_SLACK", "BOSS_MAIL"]\n'
    )
    assert read_alert_rules(path, "shop") == AlertRules(3, 5, ("low",), 1, 0.5, 0.1, ("OPS_SLACK", "BOSS_MAIL"))
    assert read_alert_rules(path, "bank") is None


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"open_after": 0}, "`open_after` is 0; expected 1 to `of_last`, 3"),
        ({"open_after": 4}, "`open_after` is 4; expected 1 to `of_last`, 3"),
        ({"of_last": 21}, "`of_last` is 21; expected 1 to 20 looks"),
        ({"resolve_after": 0}, "`resolve_after` is 0; expected 1 to 20 looks"),
        ({"medium_share": 0.5}, "`medium_share` and `high_share` are 0.5 and 0.2"),
        ({"high_share": float("nan")}, "`medium_share` and `high_share` are 0.05 and nan"),
        ({"open_afer": 2}, "unknown key `open_afer`; did you mean `open_after`?"),
        ([], "section [alerts] is missing; it must be a table"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_told(section, problem):
    problems = []
    assert alert_rules(section, problems) == AlertRules() or problems
    assert any(problem in told for told in problems)


@pytest.mark.parametrize("channels", ["slack://t0ken/a/b", ["slack://t0ken/a/b"], [7], [""], ["A B"], ["json://t0ken"]])
def test_a_url_in_the_definition_is_refused_and_not_repeated(tmp_path, channels):
    path = tmp_path / "shop.toml"
    listed = repr(channels).replace("'", '"')
    path.write_text(f'[dataset]\nname = "shop"\n[alerts]\nchannels = {listed}\n')
    with pytest.raises(ConfigError, match="must list names of environment variables") as error:
        read_alert_rules(path, "shop")
    assert "t0ken" not in str(error.value)
