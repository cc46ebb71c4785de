from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from churn_mlops.monitoring.alerting.exposition import Gauge, exposition


def parsed(text):
    return {
        family.name: (family.documentation, family.type, [(sample.labels, sample.value) for sample in family.samples])
        for family in text_string_to_metric_families(text)
    }


def test_prometheus_reads_what_was_meant():
    gauges = [
        Gauge("a", "What a is.", [({"dataset": "shop"}, 1), ({"dataset": "bank"}, 2.5)]),
        Gauge("b", "Of nobody.", [({}, -1e300)]),
        Gauge("c", "Not known.", [({"dataset": "shop"}, None)]),
        Gauge("d", "None."),
    ]
    assert parsed(exposition(gauges)) == {
        "a": ("What a is.", "gauge", [({"dataset": "shop"}, 1.0), ({"dataset": "bank"}, 2.5)]),
        "b": ("Of nobody.", "gauge", [({}, -1e300)]),
    }


LABELS = st.dictionaries(st.sampled_from(["dataset", "name"]), st.text(st.characters(exclude_categories=["Cs", "Cc"])))


@given(LABELS, st.floats(allow_nan=False), st.sampled_from(['a"b', "a\\b", "a\nb", "a}b,", ""]))
def test_labels_of_any_text_come_back_as_they_were(labels, value, odd):
    labels = labels | {"odd": odd}
    ((_, _, [(read, number)]),) = parsed(exposition([Gauge("g", "Help.", [(labels, value)])])).values()
    assert read == labels
    assert number == float(f"{value:.15g}")
