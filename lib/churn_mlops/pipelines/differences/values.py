"""Which names of two tables of plain values differ."""


def changed_values(a: dict, b: dict, **more) -> list[dict]:
    """An entry for each name whose values differ, None where it has none: those of `a` in their order, then `b`'s own.

    `more` goes into every entry.
    """
    names = [name for name in {**a, **b} if differ(a.get(name), b.get(name))]
    return [{"name": name, "a": a.get(name), "b": b.get(name), **more} for name in names]


def count_equal(a: dict, b: dict) -> int:
    """How many names have one value in both."""
    return sum(name in b and not differ(value, b[name]) for name, value in a.items())


def differ(x, y) -> bool:
    """Whether two values differ, 1 from 1.0 and True as well."""
    return x != y or type(x) is not type(y)


def change(entry: dict) -> str:
    """What became of an entry's name from `a` to `b`."""
    return "added" if entry["a"] is None else "removed" if entry["b"] is None else "changed"
