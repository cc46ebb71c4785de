import json
import re
import shutil

import pytest
from tests.reports.complete import VERSION, write_complete

from churn_mlops.reports.card import render_card
from churn_mlops.reports.card.content import make_card
from churn_mlops.reports.facts import Facts

READINESS = {"score": 2.5, "level": "reasonable"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / VERSION
    write_complete(folder)
    return folder


@pytest.fixture
def changed(run, tmp_path):
    """A copy of the run that a test may change."""
    shutil.copytree(run, tmp_path / VERSION)
    return tmp_path / VERSION


def text_of(run, **options) -> str:
    """All that the card says, in order, on one line."""
    return re.sub(r"\s+", " ", " ".join(texts(make_card(Facts(run), READINESS, **options))))


def texts(value):
    if isinstance(value, dict):
        names = ("kind", "anchor", "sign", "numbers", "link" if "href" not in value else "")
        inner = [v for name, v in value.items() if name not in names]
        return [text for v in inner for text in texts(v)]
    if isinstance(value, list):
        return [text for v in value for text in texts(v)]
    return [str(value)] if isinstance(value, str) else []


def edit(run, name, change):
    path = run / name
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


@pytest.mark.parametrize(
    "said",
    [
        "Model card: lightgbm for people",
        "probability that left is yes within 30 days of the snapshot date . Those at 0.200 or above",
        "an effect of being contacted",
        "ROC AUC 0.840 0.756 to 0.924 0.420 0.815 0.832 0.882",
        "Profit £1,200 £1,080 to £1,320 £600 £1,164 £1,188 £1,260",
        "Measure Linear model ROC AUC 0.733 to 0.896",
        "95% intervals of what it stands beside",
        "Better: by far",
        "ROC AUC +0.0168 +0.0151 to +0.0185",
        "Mean gap between probability and share who left 0.0110 (0.00990 to 0.0121)",
        "Lowest fifth 2 0% to 10.0% 5.00% 50.0%",
        "Contacting one costs £5",
        "An offer pays from a probability of 20.0%",
        "Contact nobody £1,200 £900 to £1,500 more",
        "A customer who stays is worth £100 from £40 £60 to £300 –",
        "None of 1 slices is flagged",
        "sex f 40 10.0%",
        "price 0.0100 0.00500 to 0.0150",
        "price low −0.500 high +0.500",
        "Each of 5 scored customers comes with the strongest reasons",
        "The newest data were of 31 Oct 2026, 23 days before the run.",
        "Judged by 100 rows with 10 leavers, of a later time.",
        "price (2.00% of the customers)",
        "More than half of the values are missing in price .",
        "is calibrated pages/04_evaluate.html#Calibration ✓ passed 0.0110 0.0500 Fine.",
        "Readiness: 2½ of 7 points readiness.html , reasonable.",
        "Source people.csv",
        "400 used, 4 set aside by the contract",
        "1 Jan 2025 to 31 Oct 2026",
        "price number, EUR 1 to 9 60.0%",
        "Decision threshold a probability of 0.200",
        "To learn from 4 50.0% 1 Jan 2026 to 1 Apr 2026",
        "plan category basic , plus 0%",
        "joined date 1 Jan 2026 to 1 Feb 2026",
        "left on is known once the customer has left",
        "shoe_size dropped by the definition, which gives no reason",
        "lightgbm 14 12 2 0.8110",
        "lightgbm 100% leaves 11",
        "3 seeds: standard deviation 0.0010",
        "git checkout cccccccccccc make setup python pipeline.py --config configs/people.toml",
        "a" * 64,
    ],
)
def test_the_card_says_what_the_run_knows(run, said):
    assert said in text_of(run)


def test_a_complete_run_leaves_nothing_out(run):
    kinds = [block["kind"] for section in make_card(Facts(run), READINESS)["sections"] for block in section["blocks"]]
    assert "missing" not in kinds


ABSENT = [
    ("definition.json", "The dataset definition did not come into this run: 01 Data makes it"),
    ("data_version.json", "No data came into this run: 01 Data makes it"),
    ("signature.json", "Which columns it reads is not known: 02 Features makes it"),
    ("model.json", "No model was made in this run: 03 Train makes it"),
    ("trials.parquet", "No search is on record"),
    ("stability.json", "How much another seed would change was not measured"),
    ("evaluation.json", "The model was not held against a test part: 04 Evaluate makes it"),
    ("evaluation.json", "Calibration was not measured"),
    ("comparison.json", "There was no duel with a champion"),
    ("test_scores.parquet", "The scores of the test part are not there"),
    ("money.json", "The gain over other decisions was not measured"),
    ("money.json", "How wrong these may be was not measured"),
    ("slices.parquet", "The model was not looked at slice by slice"),
    ("groups.parquet", "No column is marked sensitive"),
    ("importance.parquet", "What the ranking loses without each column was not measured"),
    ("effects.parquet", "The shape of the strongest effects was not measured"),
    ("scores.parquet", "Scores come without reasons"),
    ("gates.json", "No gate was evaluated"),
]


@pytest.mark.parametrize("how", ["deleted", "torn"])
@pytest.mark.parametrize(("name", "said"), ABSENT)
def test_what_is_not_there_is_said_to_be_missing(changed, name, said, how):
    path = changed / "artifacts" / name
    path.unlink() if how == "deleted" else path.write_bytes(path.read_bytes()[:-20])
    assert said in text_of(changed)


@pytest.mark.parametrize("value", [None, [], {}, 3, "x", {"columns": 3}, [{"name": []}], {"dataset": [], "money": 1}])
def test_no_shape_of_a_file_breaks_the_card(changed, value):
    for path in (changed / "artifacts").glob("*.json"):
        path.write_text(json.dumps(value))
    render_card(Facts(changed), None)
    render_card(Facts(changed, {"code": value, "parameters": value, "stages": None}, {"roc_auc": value}), {})


@pytest.mark.parametrize("manifest", [{}, {"status": "failed", "error": {"stage": "01_data"}, "code": None}])
def test_a_run_that_made_nothing_has_a_card_that_says_so(tmp_path, manifest):
    facts = Facts(tmp_path, manifest, {})
    render_card(facts, None)
    assert "No model was made in this run" in (tmp_path / "model_card.html").read_text()
    assert "Readiness was not scored" in (tmp_path / "model_card.md").read_text()


def test_the_card_of_a_failed_run_warns_of_itself(changed):
    edit(changed, "manifest.json", lambda m: m.update(status="failed", error={"stage": "05_deploy"}))
    assert "The run did not come to its end." in text_of(changed)


APPROVALS = [
    ({"experiment": True}, "", True, "None needed: the run is an experiment"),
    ({}, "", True, "None needed: by the definition's policy the gates decide"),
    ({"verdict": "Succeeded: its model is the champion already"}, "", False, "None needed"),
    ({}, '[policy]\napproval = "one"', True, "None yet: by the definition's policy one person must approve it"),
    ({}, '[policy]\napproval = "two"', False, "None yet: by the definition's policy 2 people must approve it"),
    ({}, "", False, "None: it does not serve."),
]


@pytest.mark.parametrize(("manifest", "policy", "promoted", "said"), APPROVALS)
def test_the_card_says_who_has_approved(changed, manifest, policy, promoted, said):
    edit(changed, "manifest.json", lambda m: m.update(manifest))
    edit(changed, "artifacts/promotion.json", lambda p: p.update(promoted=promoted))
    (changed / "config.toml").write_text(policy)
    assert said in text_of(changed)
    assert "Who has approved or stopped the model since: python pipeline.py show 20" in text_of(changed)


def test_money_by_customer_names_the_columns(changed):
    def by_customer(definition):
        definition["money"].update(value_kept="yearly_value")

    edit(changed, "artifacts/definition.json", by_customer)
    edit(changed, "artifacts/model.json", lambda model: model.update(decides_by="expected profit", threshold=0.0))
    said = text_of(changed)
    assert "A customer who stays is worth yearly_value , customer by customer" in said
    assert "An offer pays from a probability of differs by customer" in said
    assert "from what each customer is worth, follows whom to contact" in said


def test_with_a_prior_no_bands_are_shown_that_would_mislead(changed):
    edit(changed, "artifacts/definition.json", lambda definition: definition["dataset"].update(prior=0.02))
    said = text_of(changed)
    assert "2.00% of them leave, as in the real world" in said
    assert "Lowest fifth" not in said


def test_data_without_time_have_no_horizon_and_no_snapshots(changed):
    edit(changed, "artifacts/definition.json", lambda definition: definition["dataset"].update(snapshot_date=""))
    edit(changed, "artifacts/signature.json", lambda signature: signature.update(snapshot_date=""))
    said = text_of(changed)
    assert "of other customers of the same time: how it fares later is not known" in said
    assert "30 days" not in said
    assert "Snapshots" not in said


@pytest.mark.parametrize("name", ["model_card.html", "model_card.md"])
def test_secrets_are_hidden_in_both_forms(changed, name):
    edit(changed, "artifacts/model.json", lambda model: model.update(reason="It knows hunter2."))
    render_card(Facts(changed), READINESS, lambda text: text.replace("hunter2", "[secret]"))
    said = (changed / name).read_text()
    assert "hunter2" not in said
    assert "It knows" in said


def test_the_page_is_one_inert_file_whatever_the_data_hold(make, tmp_path):
    bad = "\"'></style></title><script>live()</script><img src=x onerror=live()>\x00\u2028"
    write_complete(tmp_path / VERSION, bad)
    render_card(Facts(tmp_path / VERSION), READINESS)
    html = (tmp_path / VERSION / "model_card.html").read_text(encoding="utf-8")
    assert make.live(html) == []
    addresses = re.findall(r'href="(?!data:)([^"]*)"', html)
    assert {
        address for address in addresses if not re.match(r"#|\.\./index|index|model_card|readiness|pages/|man", address)
    } == set()


def test_a_rival_without_any_spread_has_no_interval(changed):
    edit(changed, "metrics.json", lambda metrics: metrics.update(naive_roc_auc_low=0.42, naive_roc_auc_high=0.42))
    assert "Measure Linear model ROC AUC" in text_of(changed)
    edit(changed, "metrics.json", lambda metrics: metrics.update(naive_brier_low=0.1, naive_brier_high=0.2))
    assert "Measure Naive baseline Linear model ROC AUC 0.733 to 0.896" in text_of(changed)
