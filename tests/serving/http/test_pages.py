"""The two pages as agents and the team meet them, in headless Chromium."""

import json
import urllib.request

import pytest
from tests.serving.conftest import DATASET, Serving

from churn_mlops.archive.files import read_json
from churn_mlops.registry.champion import read_champion

pytestmark = pytest.mark.browser
OF_AN_ANSWER = "Failed to load resource"  # the browser's own line about an answer that is an error, as it should be


@pytest.fixture(scope="module")
def served(champion_runs):
    serving = Serving(champion_runs, "--quiet").wait()
    yield serving
    serving.end()


@pytest.fixture
def page(browser, served, request):
    look = getattr(request, "param", {})
    context = browser.new_context(**look)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda one: asked.append(one.url))
    page.goto(served.address)
    page.wait_for_selector("#fields > div", state="attached")
    yield page
    context.close()
    assert [line for line in said if OF_AN_ANSWER not in line] == []
    assert [url for url in asked if not url.startswith((served.address, "data:"))] == []


def example(served_runs):
    version = read_champion(served_runs, DATASET).version
    return read_json(served_runs / version / "artifacts" / "example.json")


LOOKS = [
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
]


@pytest.mark.parametrize("page", LOOKS, indirect=True, ids=["phone, dark", "desktop, light"])
def test_a_customer_is_looked_up_with_the_keyboard_and_the_result_fits_the_screen(page, served):
    with urllib.request.urlopen(f"{served.address}/customers") as answer:
        worst = json.loads(answer.read())["customers"][0]
    page.keyboard.type(worst["id"])
    page.keyboard.press("Enter")
    page.wait_for_selector(".risk")
    text = page.inner_text("#result")
    assert f"{round(worst['probability'] * 100)}%" in text
    assert "Make the offer" in text
    assert page.locator(".reasons li").count() == 2
    assert page.evaluate("document.activeElement.id") == "result"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{served.address}/team")
    page.wait_for_selector("#top tbody tr")
    assert page.locator("#top tbody tr").count() == 100
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as download:
        page.click("text=Download as CSV")
    assert download.value.suggested_filename == "top_100_at_risk.csv"


def test_the_form_has_the_signatures_fields_and_gives_the_stored_answer(page, champion_runs):
    page.click("summary")
    assert page.locator("#field-plan option").all_inner_texts() == ["not known", "basic", "plus"]
    page.click("#form button[type=submit]")  # it begins with the stored example
    page.wait_for_selector(".risk")
    p = example(champion_runs)["probability"]
    assert page.inner_text(".risk b") == (f"{100 * p:.1f}%" if p < 0.1 else f"{100 * p:.0f}%")
    page.click("#form button[type=reset]")
    page.click("#form button[type=submit]")
    page.wait_for_function("document.querySelector('.reasons') !== null")
    assert "no value for" in page.inner_text("#result").lower()


def test_a_mistake_in_the_form_is_said_at_its_field_and_at_the_top(page):
    page.click("summary")
    page.fill("#field-spend", "plenty")
    page.click("#form button[type=submit]")
    page.wait_for_selector(".problem")
    assert "spend" in page.inner_text(".problem")
    assert "a number" in page.inner_text("#wrong-spend")
    assert page.get_attribute("#field-spend", "aria-invalid") == "true"


@pytest.mark.parametrize(("id", "told"), [("nobody <b>", "Nobody of that id"), (" ", "No customer id")])
def test_an_id_that_nobody_has_is_said_as_text(page, id, told):
    page.fill("#customer", id)
    page.press("#customer", "Enter")
    page.wait_for_selector(".problem")
    assert told in page.inner_text(".problem")
    assert page.locator("#result b").count() == 0


def test_the_team_sees_what_was_asked_and_which_model_answers(page, served, champion_runs):
    request = urllib.request.Request(
        f"{served.address}/predict", b'{"spend": 1, "plan": "plus"}', {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).read()
    page.wait_for_timeout(2500)
    page.goto(f"{served.address}/team")
    page.wait_for_selector("#time svg")
    assert page.locator("#spread rect").count() == 20
    assert read_champion(champion_runs, DATASET).version in page.inner_text("#model")
