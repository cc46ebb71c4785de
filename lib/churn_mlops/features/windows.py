"""What was known about each customer at each snapshot date, as Ibis expressions over the tables of the business.

One function a table; each returns one row per (customer, snapshot date) of `active`. A row counts only
if it was known on the snapshot date or before. Nothing here depends on the engine: training, scoring and the
service run the same expressions, on DuckDB in memory or on any other engine that Ibis speaks.
"""

import ibis
import pandas as pd
from ibis import _
from ibis.util import gen_name

KEYS = ("customer_id", "snapshot_date")

UNITS = {
    "tenure_months": "months",
    "months_on_contract": "months",
    "months_to_term_end": "months",
    "discount": "share of the list price",
    "months_to_discount_end": "months",
    "price": "EUR a month",
    "price_change_6m": "share of the earlier price",
    "price_per_hour": "EUR an hour",
    "usage_hours_last_month": "hours",
    "usage_hours_mean_3m": "hours a month",
    "usage_hours_mean_6m": "hours a month",
    "usage_trend_3m": "share of the mean of three months",
    "usage_months_known_3m": "months",
    "sessions_last_month": "sessions",
    "sessions_mean_3m": "sessions a month",
    "contacts_3m": "contacts",
    "contacts_6m": "contacts",
    "billing_contacts_3m": "contacts",
    "unresolved_contacts_3m": "contacts",
    "days_since_last_contact": "days",
    "satisfaction_mean_6m": "1 (bad) to 5 (good)",
    "failed_payments_3m": "payments",
    "failed_payments_6m": "payments",
    "payment_delay_days_mean_3m": "days",
    "month_of_year": "1 to 12",
}
USED = ("snapshots", "customers", "cancellations", "contracts", "prices", "payments", "usage", "contacts")
CATEGORIES = ("plan", "term", "region", "age_band", "channel")


def build_features(tables: dict[str, pd.DataFrame | ibis.Table], snapshot_dates) -> pd.DataFrame:
    """Features of every customer active at each snapshot date, ordered by date and customer.

    Columns: KEYS, then the features; numbers are float64 in the unit that UNITS names, categories are text,
    what is not known is missing. `snapshot_dates`: dates or texts, repeated ones count once.
    """
    dates = pd.DataFrame({"snapshot_date": pd.DatetimeIndex(snapshot_dates).unique().sort_values().as_unit("us")})
    con, made = _engine_of(tables), []

    def stored(expressions: dict) -> dict[str, ibis.Table]:
        names = {name: gen_name(name) for name in expressions}
        made.extend(names.values())
        return {name: con.create_table(names[name], table) for name, table in expressions.items()}

    known = {name: table for name, table in {**tables, "snapshots": dates}.items() if name in USED}
    known |= stored({name: ibis.memtable(table) for name, table in known.items() if isinstance(table, pd.DataFrame)})
    active = active_customers(known["customers"], known["cancellations"], known["snapshots"])
    active = stored({"active": active})["active"]
    parts = stored(feature_parts(active, known))
    frame = joined(active, parts).order_by("snapshot_date", "customer_id").to_pyarrow().to_pandas()
    for name in made:
        con.raw_sql(f'DROP TABLE "{name}"')  # Ibis' own drop_table is not understood by DuckDB 2
    return frame.astype({column: "float64" for column in UNITS} | {column: "str" for column in CATEGORIES})


def _engine_of(tables: dict):
    """Where the tables live; a DuckDB of its own where they are data frames."""
    homes = [table.get_backend() for table in tables.values() if isinstance(table, ibis.Table)]
    return homes[0] if homes else ibis.duckdb.connect()


def feature_parts(active: ibis.Table, tables: dict[str, ibis.Table]) -> dict[str, ibis.Table]:
    """What each table tells about each row of `active_customers`; the tables may live anywhere."""
    return {
        "contract_features": contract_features(active, tables["contracts"], tables["prices"]),
        "payment_features": payment_features(active, tables["payments"]),
        "usage_features": usage_features(active, tables["usage"]),
        "contact_features": contact_features(active, tables["contacts"]),
    }


def joined(active: ibis.Table, parts: dict[str, ibis.Table]) -> ibis.Table:
    """All features side by side, one row for each of `active_customers`."""
    table = customer_features(active)
    for name, part in parts.items():
        table = table.left_join(part, KEYS, rname="{name}_in_" + name)
    return with_ratios(table).select(*KEYS, *UNITS, *CATEGORIES)


def active_customers(customers: ibis.Table, cancellations: ibis.Table, snapshots: ibis.Table) -> ibis.Table:
    """Who signed up on a snapshot date or before, and had not cancelled by the end of it; with who they are."""
    left = cancellations.select("customer_id", left_on="cancelled_on")
    pairs = customers.left_join(left, "customer_id").cross_join(snapshots)
    signed_up = _.signup_date <= _.snapshot_date
    still_there = _.left_on.isnull() | (_.left_on > _.snapshot_date)
    return pairs.filter(signed_up, still_there).drop("customer_id_right", "left_on")


def customer_features(active: ibis.Table) -> ibis.Table:
    """Who the customer is, since when, and the time of the year."""
    return active.mutate(
        tenure_months=months_between(_.signup_date, _.snapshot_date),
        month_of_year=_.snapshot_date.month(),
    ).drop("signup_date")


def contract_features(active: ibis.Table, contracts: ibis.Table, prices: ibis.Table) -> ibis.Table:
    """The contract that runs, and the price to pay this month: the list price less a discount that still runs."""
    signed = joined_on_customer(active, contracts).filter(_.start <= _.snapshot_date)
    newest = ibis.row_number().over(group_by=KEYS, order_by=[_.start.desc(), _.plan])
    running = signed.mutate(newest=newest).filter(_.newest == 0)
    listed = running.mutate(month=_.snapshot_date.truncate("M")).left_join(prices, ["plan", "month"])
    share = (_.discount_until > _.snapshot_date).ifelse(_.discount, 0.0).fill_null(0.0)
    return listed.mutate(discount=share).select(
        *KEYS,
        "plan",
        "term",
        "discount",
        months_on_contract=months_between(_.start, _.snapshot_date),
        months_to_term_end=months_between(_.snapshot_date, _.end),
        months_to_discount_end=(_.discount > 0).ifelse(months_between(_.snapshot_date, _.discount_until), None),
        price=(_.price * (1 - _.discount)).round(2),
    )


def payment_features(active: ibis.Table, payments: ibis.Table) -> ibis.Table:
    """Payments that fell due: failed ones, delays, and the oldest price of the last six months."""
    due = joined_on_customer(active, payments).filter(_.due <= _.snapshot_date)
    paid = (_.paid_on <= _.snapshot_date).fill_null(False)
    recent = due.filter(within(_.due, months=6)).mutate(failed=~paid)
    return recent.group_by(KEYS).aggregate(
        failed_payments_3m=_.failed.sum(where=within(_.due, months=3)),
        failed_payments_6m=_.failed.sum(),
        payment_delay_days_mean_3m=_.paid_on.delta(_.due, unit="day").mean(where=within(_.due, months=3) & ~_.failed),
        earlier_price=_.amount.argmin(_.due),
    )


def usage_features(active: ibis.Table, usage: ibis.Table) -> ibis.Table:
    """Use in the months before the snapshot, as far as it was reported by then; minutes add up without rounding."""
    known = joined_on_customer(active, usage).filter(_.known_on <= _.snapshot_date)
    aged = known.mutate(months_ago=months_between(_.month, _.snapshot_date)).filter(_.months_ago.between(1, 6))
    last, three = _.months_ago == 1, _.months_ago <= 3
    return aged.group_by(KEYS).aggregate(
        usage_hours_last_month=_.minutes.max(where=last) / 60,
        usage_hours_mean_3m=_.minutes.mean(where=three) / 60,
        usage_hours_mean_6m=_.minutes.mean() / 60,
        usage_months_known_3m=_.minutes.count(where=three),
        sessions_last_month=_.sessions.max(where=last),
        sessions_mean_3m=_.sessions.mean(where=three),
    )


def contact_features(active: ibis.Table, contacts: ibis.Table) -> ibis.Table:
    """Contacts with support: how many, about what, how they ended, how long ago."""
    past = joined_on_customer(active, contacts).filter(_.date <= _.snapshot_date, within(_.date, months=6))
    past = past.mutate(days_ago=_.snapshot_date.delta(_.date, unit="day"))
    three = within(_.date, months=3)
    return past.group_by(KEYS).aggregate(
        contacts_3m=three.sum(),
        contacts_6m=_.count(),
        billing_contacts_3m=(three & (_.topic == "billing")).sum(),
        unresolved_contacts_3m=(three & ~_.resolved).sum(),
        days_since_last_contact=_.days_ago.min(),
        satisfaction_mean_6m=_.satisfaction.mean(),
    )


def with_ratios(joined: ibis.Table) -> ibis.Table:
    """Features made of two tables, and zeros where no row means that nothing happened."""
    counts = [column for column in UNITS if column in joined.columns and UNITS[column] in ("contacts", "payments")]
    return joined.mutate(
        **{column: joined[column].fill_null(0) for column in (*counts, "usage_months_known_3m")},
        price_change_6m=_.price / _.earlier_price - 1,
        price_per_hour=_.price / _.usage_hours_mean_3m.clip(lower=0.5),
        usage_trend_3m=_.usage_hours_last_month / _.usage_hours_mean_3m.clip(lower=0.1) - 1,
    )


def joined_on_customer(active: ibis.Table, table: ibis.Table) -> ibis.Table:
    """Every row of a table beside each snapshot date of its customer."""
    return active.select(KEYS).inner_join(table, "customer_id")


def within(date, months: int):
    """Whether a date lies in the so many months before the snapshot date."""
    return date > _.snapshot_date - ibis.interval(months=months)


def months_between(earlier, later):
    """Calendar months from one date to the other, whatever the days: 31 January to 1 February is one month."""
    return (later.year() - earlier.year()) * 12 + later.month() - earlier.month()
