import re

from churn_mlops.reports import render_archive


def read(runs):
    return (runs / "index.html").read_text(encoding="utf-8")


def test_runs_stand_newest_first_with_their_links(runs):
    rows = re.findall(r'<th scope="row"><a href="([^"]+)/index.html">', read(runs))
    assert rows == ["20261125-080000-c0ffee", "20261124-080000-77aa10", "20261123-224600-3f2a91"]


def test_the_champion_is_named_once_in_the_table_and_on_top(runs):
    html = read(runs)
    assert html.count("★ champion") == 1
    assert "Champion · simulator" in html
    assert html.count('class="crown"') == 2  # in the course of each metric


def test_the_next_step_follows_from_the_latest_run(runs, make, tmp_path):
    assert 'href="20261125-080000-c0ffee/index.html">Read why the latest run failed' in read(runs)
    for manifest, said in [
        (make.not_promoted(), "Retraining is due"),
        (make.manifest(), "Look into the open alerts"),
        (make.manifest(alerts=[]), "Nothing is due"),
        (make.manifest(waits="waits for approval"), "The model of the latest run waits for approval"),
    ]:
        render_archive(tmp_path, [{"manifest": manifest, "metrics": make.metrics, "champion": False}])
        assert said in read(tmp_path)


def test_a_run_of_some_stages_is_neither_a_failure_nor_all_quiet(make, tmp_path):
    whole, part = make.manifest(), make.manifest("20261126-000000-aaaaaa", alerts=None, retraining=None)
    part["stages"][3]["status"] = "not run"
    entries = [{"manifest": whole, "metrics": make.metrics}, {"manifest": part, "metrics": {}}]
    render_archive(tmp_path, entries)
    html = read(tmp_path)
    assert "✓ in part" in html
    assert 'class="cross"' not in html
    assert 'href="20261123-224600-3f2a91/index.html#monitoring"' in html  # the newest run that looked for alerts
    render_archive(tmp_path, entries[1:])
    assert "No run has come as far as monitoring yet." in read(tmp_path)
    assert "The latest run did some of the stages only" in read(tmp_path)


def test_an_interrupted_run_is_called_so(make, tmp_path):
    manifest = make.failed()
    manifest["error"]["exit_code"] = 143
    render_archive(tmp_path, [{"manifest": manifest, "metrics": {}}])
    assert "■ interrupted" in read(tmp_path)
    assert "Run again to go on after the stages that had finished" in read(tmp_path)


def test_each_dataset_has_a_course_of_its_own(make, tmp_path):
    entries = [
        {"manifest": make.manifest(f"2026112{i}-000000-000000", dataset=name), "metrics": make.metrics}
        for i, name in enumerate(["telco", "simulator", "telco"])
    ]
    render_archive(tmp_path, entries)
    html = read(tmp_path)
    assert re.findall(r"<h2>(\w+)</h2>", html)[-2:] == ["telco", "simulator"]
    assert html.count("<svg viewBox") == 4


def test_an_empty_archive_says_how_to_fill_it(tmp_path):
    render_archive(tmp_path / "runs", [])
    assert "No run yet" in read(tmp_path / "runs")
    assert "python pipeline.py" in read(tmp_path / "runs")


def test_a_page_is_replaced_whole(make, tmp_path):
    render_archive(tmp_path, [])
    render_archive(tmp_path, [{"manifest": make.manifest(), "metrics": {}, "champion": True}])
    assert "No run yet" not in read(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_hostile_text_is_inert_in_the_archive(make, tmp_path):
    bad = "\"'></title><script>live()</script>"
    manifest = make.manifest(dataset=bad, verdict=bad, started=bad, status=bad, data={"newest": bad})
    manifest["alerts"][0]["name"] = bad
    metrics = {**make.metrics, "profit": bad, "roc_auc_low": bad}
    render_archive(tmp_path, [{"manifest": manifest, "metrics": metrics, "champion": True}])
    html = read(tmp_path)
    assert "&lt;script&gt;live()" in html
    assert make.live(html) == []
    assert "<script" not in html
