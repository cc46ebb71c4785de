"""Where it stands which offers were made, and what became of them: the `[offers]` section of a definition."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Offers:
    """A table with a row for each customer who got an offer, or was held back as control."""

    file: str  # CSV or Parquet, from the folder of the definition
    customer: str = "customer"  # column with the customer's id, as in the data
    time: str = "time"  # column with the moment of the offer
    offer: str = "offer"  # column that names the offer
    outcome: str = "outcome"  # column that says what the customer did; empty: not known yet
    left: str = "left"  # the outcome that means leaving
    control: str = "control"  # the offer that is none: customers held back at random
