"""The log holds what was written, in order, through kills; whatever was changed since is found and named."""

import json
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.errors import AuditDamaged
from churn_mlops.registry.audit.anchor import check_anchor, make_anchor
from churn_mlops.registry.audit.log import LOG, append, read_log, scan, sound
from churn_mlops.registry.audit.record import content, parse, to_line

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.lists(st.tuples(TEXTS, st.dictionaries(TEXTS, VALUES, max_size=3)), min_size=1, max_size=4)


def add(folder, *entries, by="Ben"):
    return append(folder, sound(folder), "shop", list(entries), by, "2026-11-01T08:00:00Z")


def fill(folder, count):
    """A log of so many records, in writes of one to three."""
    rng = random.Random(count)
    entries = [
        (rng.choice(["run", "approval", "promotion"]), {"version": f"v{n}", "text": "x" * n}) for n in range(count)
    ]
    while entries:
        several = rng.randint(1, 3)
        add(folder, *entries[:several])
        entries = entries[several:]
    return (folder / LOG).read_bytes()


@pytest.mark.slow
@given(writes=st.lists(ENTRIES, min_size=1, max_size=4))
def test_what_is_written_is_read(tmp_path_factory, writes):
    folder = tmp_path_factory.mktemp("log")
    for entries in writes:
        add(folder, *entries)
    wanted = [entry for entries in writes for entry in entries]
    records = read_log(folder)
    assert [(record.kind, record.facts) for record in records] == wanted
    assert [record.n for record in records] == list(range(1, len(wanted) + 1))
    assert [record.before for record in records[1:]] == [record.hash for record in records[:-1]]


def test_before_the_first_record_a_log_is_empty(tmp_path):
    assert read_log(tmp_path) == []
    assert make_anchor(tmp_path) is None


def test_a_record_is_one_line_of_json_as_documented(tmp_path):
    add(tmp_path, ("run", {"version": "v"}))
    line = json.loads((tmp_path / LOG).read_text())
    assert set(line) == {"hash", "schema", "n", "at", "kind", "dataset", "by", "facts", "before"}
    assert (line["n"], line["kind"], line["by"], line["before"]) == (1, "run", "Ben", "0" * 64)


@pytest.mark.slow
def test_wherever_a_kill_tears_the_last_write_the_next_says_so(tmp_path):
    whole = fill(tmp_path, 3)
    add(tmp_path, ("approval", {"version": "a"}), ("approval", {"version": "b"}))
    torn = (tmp_path / LOG).read_bytes()
    for length in range(len(whole), len(torn) + 1):
        (tmp_path / LOG).write_bytes(torn[:length])
        left = torn[len(whole) : length].rpartition(b"\n")[2]
        assert scan(tmp_path).torn == left
        add(tmp_path, ("run", {"version": "later"}))
        records = read_log(tmp_path)
        assert records[-1].facts == {"version": "later"}
        told = [record.facts for record in records if record.kind == "recovery"]
        assert [fact["bytes"] for fact in told] == ([len(left)] if left else [])
        assert not told or told[0]["text"] == left.decode()[:500]


def test_a_kill_while_what_was_torn_is_written_over_is_recovered_too(tmp_path):
    whole = fill(tmp_path, 3)
    torn = b'{"hash":"' + b"z" * 2000
    (tmp_path / LOG).write_bytes(whole + torn)
    add(tmp_path, ("run", {"version": "later"}))
    added = (tmp_path / LOG).read_bytes()[len(whole) :]
    for length in range(0, len(added) + 1, 7):
        (tmp_path / LOG).write_bytes(whole + added[:length] + torn[length:])  # as far as the write had come
        add(tmp_path, ("run", {"version": "latest"}))
        assert read_log(tmp_path)[-1].facts == {"version": "latest"}


def test_nothing_is_added_to_a_log_that_was_changed(tmp_path):
    whole = fill(tmp_path, 5)
    (tmp_path / LOG).write_bytes(whole.replace(b'"v2"', b'"v9"'))
    with pytest.raises(AuditDamaged, match=r"line 3.*changed after it was written.*Cure: .*audit verify"):
        add(tmp_path, ("run", {}))


COUNT = 40


def edit(rng, lines, old):
    """Another byte somewhere in a record."""
    n = rng.randrange(COUNT)
    place = rng.randrange(len(lines[n]))
    byte = rng.choice([b for b in range(256) if b not in (10, lines[n][place])])
    lines[n] = lines[n][:place] + bytes([byte]) + lines[n][place + 1 :]
    return lines, [n + 1]


def edit_and_hash(rng, lines, old):
    """Other facts, with a hash that fits them."""
    n = rng.randrange(COUNT)
    was = parse(lines[n])
    said = content(was.n, was.at, was.kind, was.dataset, "Eve", was.facts | {"version": "other"}, was.before)
    lines[n] = to_line(said)[0]
    return lines, [n + 1]


def reformat(rng, lines, old):
    """The same values, written in another way."""
    n = rng.randrange(COUNT)
    lines[n] = json.dumps(json.loads(lines[n])).encode()
    return lines, [n + 1]


def delete(rng, lines, old):
    first = rng.randrange(COUNT)
    last = min(COUNT, first + rng.randint(1, 3))
    return lines[:first] + lines[last:], list(range(first + 1, last + 1))


def swap(rng, lines, old):
    one, other = sorted(rng.sample(range(COUNT), 2))
    lines[one], lines[other] = lines[other], lines[one]
    return lines, [one + 1, other + 1]


def repeat(rng, lines, old):
    n = rng.randrange(COUNT)
    return [*lines[: n + 1], *lines[n:]], [n + 1]


def truncate(rng, lines, old):
    kept = rng.randrange(COUNT)
    return lines[:kept], list(range(kept + 1, COUNT + 1))


def roll_back(rng, lines, old):
    """An older state of the file, in which other records follow."""
    kept = rng.randrange(COUNT)
    return [*old[:kept]], list(range(kept + 1, COUNT + 1))


def roll_back_and_go_on(rng, lines, old):
    """An older state to which other records were added in the right form."""
    kept = rng.randrange(COUNT)
    made, before = list(lines[:kept]), parse(lines[kept - 1]).hash if kept else "0" * 64
    for n in range(kept + 1, COUNT + 1 + rng.randint(0, 3)):
        line, record = to_line(content(n, "2026-11-01T09:00:00Z", "run", "shop", "Eve", {}, before))
        before = record.hash
        made.append(line)
    return made, [COUNT]


TAMPERINGS = (edit, edit_and_hash, reformat, delete, swap, repeat, truncate, roll_back, roll_back_and_go_on)


def numbers(flaws):
    """All the records that flaws name; `records 3 to 5` names three."""
    found = set()
    for flaw in flaws:
        for first, last in re.findall(r"records? (\d+)(?: to (\d+))?", f"{flaw.what} {flaw.seen}"):
            found |= set(range(int(first), int(last or first) + 1))
    return found


@pytest.mark.slow
def test_two_thousand_edits_deletions_swaps_truncations_and_roll_backs_are_each_found_and_named(tmp_path):
    """Each record that was touched is named; one that was written anew with its hash by the record bound to it."""
    whole = fill(tmp_path, COUNT)
    anchor, rng = make_anchor(tmp_path), random.Random(1)
    for number in range(2000):
        tamper = TAMPERINGS[number % len(TAMPERINGS)]
        lines = whole.split(b"\n")[:-1]
        changed, touched = tamper(rng, list(lines), list(lines))
        (tmp_path / LOG).write_bytes(b"".join(line + b"\n" for line in changed))
        found = scan(tmp_path)
        flaws = found.flaws + check_anchor(anchor, found.records)
        named = numbers(flaws)
        assert set(touched) <= named, (tamper.__name__, touched, flaws)
        if tamper in (edit, edit_and_hash, reformat) and touched != [COUNT]:
            assert len(found.flaws) == 1, flaws  # and nothing else is blamed


def test_a_cut_in_the_middle_of_a_line_shows_against_the_anchor(tmp_path):
    whole = fill(tmp_path, 5)
    anchor = make_anchor(tmp_path)
    (tmp_path / LOG).write_bytes(whole[:-10])
    found = scan(tmp_path)
    assert found.flaws == []
    assert len(found.torn) > 0
    assert [flaw.what for flaw in check_anchor(anchor, found.records)] == ["record 5"]


def test_a_longer_log_still_holds_its_older_anchors(tmp_path):
    anchors = []
    for n in range(6):
        add(tmp_path, ("run", {"version": str(n)}))
        anchors.append(make_anchor(tmp_path))
    assert [check_anchor(anchor, read_log(tmp_path)) for anchor in anchors] == [[]] * 6
