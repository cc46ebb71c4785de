"""Which policy to take: the cheapest that cannot be told from the best."""

OWN = "own"  # the rules that the dataset has now


def recommend(comparison: dict) -> dict:
    """The policy with the fewest trainings among those within noise of the best; what one has already, among equals.

    Within noise: the 95% interval of its difference to the best reaches 0. A difference that may be chance is no
    reason to train more often. `policy` is None where no month has its truth yet.
    """
    policies = comparison["policies"]
    if not comparison["months_with_truth"]:
        return {"policy": None, "within": [], "reason": "No month of this replay has its truth in yet."}
    within = [name for name, policy in policies.items() if policy["within_noise"]]
    chosen = min(within, key=lambda n: (policies[n]["retrainings"], n != OWN, -policies[n]["net"]["value"]))
    return {"policy": chosen, "within": within, "reason": _reason(chosen, within, comparison["best"], policies)}


def _reason(chosen: str, within: list[str], best: str, policies: dict) -> str:
    trained = {name: policies[name]["retrainings"] for name in policies}
    if chosen != best:
        fewer = "as many" if trained[chosen] == trained[best] else f"{trained[chosen]}"
        have = ", which is what you have already," if chosen == OWN else ""
        most = f"`{best}` earned most, with {_times(trained[best])}"
        return f"{most}; `{chosen}`{have} with {fewer} is within chance of it."
    others = ", ".join(f"`{name}` ({trained[name]})" for name in within if name != chosen)
    rest = f"no fewer did those within chance of it: {others}" if others else "no other policy is within chance of it"
    return f"`{chosen}` earned most, with {_times(trained[chosen])}; {rest}."


def _times(count: int) -> str:
    return f"{count} training{'' if count == 1 else 's'}"
