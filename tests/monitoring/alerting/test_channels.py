import sys

import pytest
from tests.monitoring.alerting.receivers import mail_server, webhook

from churn_mlops.errors import ConfigError
from churn_mlops.monitoring.alerting.channels import Channel, NotDelivered, deliver, find_channels


@pytest.fixture
def hook():
    with webhook() as kept:
        yield kept


def test_a_webhook_is_told_the_title_and_the_text(hook):
    deliver(Channel("OPS", hook.url), "[shop] high: feed broken", "It `stopped` <b>arriving</b>.\nSecond line.")
    (came,) = hook.came
    assert (came["title"], came["message"]) == (
        "[shop] high: feed broken",
        "It `stopped` <b>arriving</b>.\nSecond line.",
    )


def test_a_letter_comes_by_mail():
    with mail_server() as (url, came):
        deliver(Channel("OPS", url), "[shop] high: feed broken", "It stopped.\nNext: python pipeline.py")
    (letter,) = came
    assert letter["Subject"] == "[shop] high: feed broken"
    assert letter["To"] == "ops@shop.example"
    text = letter.get_body(("plain", "html")).get_content()
    assert "It stopped." in text
    assert "Next: python pipeline.py" in text


def test_a_channel_that_fails_at_first_is_tried_again_after_a_while(hook):
    hook.answers, slept = [500, 503], []
    deliver(Channel("OPS", hook.url), "title", "body", slept.append)
    assert (hook.titles, slept) == (["title"], [0.5, 1.0])


def test_one_that_goes_on_failing_is_given_up_for_now_without_its_secrets(hook):
    hook.answers, slept = [500] * 9, []
    with pytest.raises(NotDelivered) as told:
        deliver(Channel("OPS", hook.url), "title", "body", slept.append)
    assert (len(hook.answers), len(slept)) == (6, 2)
    assert "500" in str(told.value)
    assert not any(part in str(told.value) for part in ("t0ken", "4711", "127.0.0.1"))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "the environment variable OPS is not set"),
        ("nonsense", "OPS holds no URL that Apprise knows"),
        ("pigeon://s3cretnest/", "OPS holds no URL that Apprise knows"),
        ("json://127.0.0.1:1/s3cret99", "Connection error"),
    ],
)
def test_what_cannot_be_told_says_why(url, told):
    with pytest.raises(NotDelivered, match=told) as error:
        deliver(Channel("OPS", url), "title", "body", lambda wait: None)
    assert "s3cret" not in str(error.value)


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"pip install 'churn-mlops\[notify\]'"):
        deliver(Channel("OPS", "json://127.0.0.1:1/"), "title", "body")


@pytest.mark.parametrize(
    ("named", "environ", "found"),
    [
        ((), {}, []),
        ((), {"CHURN_NOTIFY": " "}, []),
        ((), {"CHURN_NOTIFY": "json://a\n  json://b"}, ["CHURN_NOTIFY", "CHURN_NOTIFY 2"]),
        (("OPS",), {}, ["OPS"]),  # named and not set: it waits until it is
        (("OPS", "CHURN_NOTIFY", "OPS"), {"OPS": "x://1", "CHURN_NOTIFY": "x://2"}, ["OPS", "CHURN_NOTIFY"]),
    ],
)
def test_channels_are_variables_and_their_repr_tells_no_url(named, environ, found):
    channels = find_channels(named, environ)
    assert [channel.name for channel in channels] == found
    assert "://" not in repr(channels)
