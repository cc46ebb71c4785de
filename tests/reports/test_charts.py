import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.reports.charts import SHOWN, course, key, strip, ticks


def point(value, **changes):
    base = {"label": "run", "when": "1 Oct", "href": "a/index.html", "low": None, "high": None, "limit": None}
    return {**base, "value": value, "champion": False, **changes}


def test_an_interval_stands_beside_its_rivals():
    svg = strip(0.8, 0.78, 0.82, {"naive": 0.5, "best": 0.85, "linear": None})
    kinds = [part.get("class") for part in ElementTree.fromstring(svg)]
    assert kinds == ["axis", "range", "naive", "best", "this"]


@pytest.mark.parametrize("value", [None, math.nan, "high", True])
def test_nothing_is_drawn_of_what_is_no_number(value):
    assert strip(value, 0.1, 0.2, {"naive": 0.5}) == ""
    assert course([point(value)], str, "metric") == ""


def test_a_course_has_a_point_for_each_run_and_a_cross_for_one_without_a_value():
    points = [point(0.8, low=0.7, high=0.9), point(None), point(0.82, champion=True)]
    svg = course(points, str, "ROC AUC over the runs")
    assert (svg.count('class="dot"'), svg.count('class="cross"'), svg.count('class="crown"')) == (1, 1, 1)
    assert svg.count('class="spread"') == 1


def test_only_the_newest_runs_are_drawn():
    svg = course([point(i / 100, href=f"{i}/") for i in range(SHOWN + 10)], str, "metric")
    assert svg.count("<a ") == SHOWN
    assert 'href="0/"' not in svg


def test_labels_cannot_break_out_of_the_drawing():
    svg = course([point(1.0, label="</title><script>", href='"><script>', when="<b>")], lambda v: "<i>", "<u>")
    assert all(tag not in svg for tag in ("<script", "<b>", "<i>", "<u>"))
    ElementTree.fromstring(svg)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_ticks_are_few_and_rise(low, span):
    found = ticks(low, low + span)
    assert 2 <= len(found) <= 8
    assert found == sorted(set(found))


@given(st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12)), min_size=1, max_size=5))
def test_every_course_is_well_formed(values):
    svg = course([point(value) for value in values], str, "metric")
    assert not svg or ElementTree.fromstring(svg).tag == "svg"


@pytest.mark.parametrize("kind", ["naive", "linear", "champion", "best"])
def test_every_rival_has_a_sign_of_its_own(kind):
    assert f'class="{kind}"' in key(kind)
