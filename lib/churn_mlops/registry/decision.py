"""Whether a challenger becomes champion, and the sentence that says why."""

from collections.abc import Sequence
from dataclasses import dataclass

from churn_mlops.registry.champion import Champion
from churn_mlops.registry.gates import Gate


@dataclass(frozen=True)
class Promotion:
    """A decision about a challenger; it takes effect when `promote` finds the pointer at `expected_generation`."""

    promoted: bool
    reason: str
    champion_before: str | None  # version
    expected_generation: int  # of the pointer that the decision was made against; 0 when there was none


def decide_promotion(gates: Sequence[Gate], challenger_digest: str, champion: Champion | None) -> Promotion:
    """Promote a challenger whose gates all passed and that is not the champion already.

    No gates at all is no permission.
    """
    promoted, reason = _decide(gates, challenger_digest, champion)
    return Promotion(promoted, reason, champion.version if champion else None, champion.generation if champion else 0)


def _decide(gates, challenger_digest, champion) -> tuple[bool, str]:
    failed = [gate for gate in gates if not gate.passed]
    if champion and champion.digest == challenger_digest:
        return False, f"It is the champion already, to the bit: {champion.version}, since {champion.since}."
    if not gates:
        return False, "No gate was evaluated, so nothing speaks for it."
    if failed:
        told = " ".join(f'"{gate.name}": {gate.message}' for gate in failed)
        return False, f"{len(failed)} of {len(gates)} gates failed. {told}"
    if champion:
        return True, f"All {len(gates)} gates passed; the champion until then was {champion.version}."
    return True, f"All {len(gates)} gates passed; there was no champion yet."
