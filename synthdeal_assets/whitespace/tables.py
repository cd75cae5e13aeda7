"""The tables of schema whitespace; the words that stand in their columns are in `vocabulary.py`.

A feature is described here once; its SQL is in `sql/known.sql`, and a model takes exactly `FEATURES_OF_A_PAIR`.
A pair is a customer and a division.
"""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.whitespace.vocabulary import (
    ALL_DIVISIONS,
    BASELINES,
    CALIBRATIONS,
    GRADES,
    LEARNERS,
    MEASURES,
    MODEL_ROLES,
    POPULATIONS,
    RANKERS,
    STAND_INS,
    WATCHED,
    WHICH_POPULATION,
)


def _number(name: str, comment: str, *, nullable: bool = False, minimum: float | None = 0) -> Column:
    return Column(name, "DOUBLE", comment, nullable=nullable, minimum=minimum)


def _share(name: str, comment: str) -> Column:
    return Column(name, "DOUBLE", comment, minimum=0, maximum=1)


CUTOFFS: Final = Table(
    "whitespace",
    "cutoffs",
    "A cutoff at which features are built: its label window and how many pairs it holds.",
    (
        Column("cutoff_date", "DATE", "Last day that features use."),
        Column("window_days", "BIGINT", "Length of the label window in days.", minimum=1),
        Column("window_end", "DATE", "Last day of the label window."),
        Column("is_censored", "BOOLEAN", "Whether the window reaches past the data; its labels are then not used."),
        Column(
            "uses_holdout",
            "BOOLEAN",
            "Whether the window reaches into hold-out sources; it is then used only for validation.",
        ),
        Column(
            "customers",
            "BIGINT",
            "Customers with a purchase by the cutoff, so nobody who only returned goods.",
            minimum=0,
        ),
        Column("existing_pairs", "BIGINT", "Pairs with a purchase or a return by the cutoff.", minimum=0),
        Column("whitespace_pairs", "BIGINT", "Pairs without either by the cutoff.", minimum=0),
        Column(
            "existing_positives",
            "BIGINT",
            "Existing pairs that bought in the window; NULL without labels.",
            nullable=True,
        ),
        Column(
            "whitespace_positives",
            "BIGINT",
            "Whitespace pairs that bought in the window; NULL without labels.",
            nullable=True,
        ),
    ),
    ("cutoff_date",),
)

DAYS_OF: Final = {"3m": 91, "6m": 183, "12m": 365, "24m": 730}
"""Days of each window of months: fixed, so that the same history looks the same from every cutoff."""


def _history(prefix: str, whose: str) -> tuple[Column, ...]:
    """Recency, frequency, money, lagged windows, deltas and decay: of a pair, and of a customer over all divisions."""
    return (
        _number(f"{prefix}recency_days", f"Days since {whose} last purchase; NULL if never.", nullable=True),
        _number(f"{prefix}tenure_days", f"Days since {whose} first purchase; NULL if never.", nullable=True),
        *(
            _number(f"{prefix}orders_{span}", f"Invoices with a purchase in {whose} last {span[:-1]} months.")
            for span in DAYS_OF
        ),
        _number(f"{prefix}orders_total", f"Invoices with a purchase in {whose} whole history."),
        *(
            _number(f"{prefix}amount_{span}", f"Net money in {whose} last {span[:-1]} months.", minimum=None)
            for span in DAYS_OF
        ),
        _number(f"{prefix}amount_total", f"Net money in {whose} whole history.", minimum=None),
        _number(f"{prefix}orders_lag_3m", f"{whose} invoices from 6 to 3 months before the cutoff.".capitalize()),
        _number(f"{prefix}orders_lag_12m", f"{whose} invoices from 24 to 12 months before the cutoff.".capitalize()),
        _number(f"{prefix}amount_lag_3m", f"{whose} net money 6 to 3 months before.".capitalize(), minimum=None),
        _number(f"{prefix}amount_lag_12m", f"{whose} net money 24 to 12 months before.".capitalize(), minimum=None),
        _number(f"{prefix}orders_delta_3m", "orders_3m minus orders_lag_3m.", minimum=None),
        _number(f"{prefix}orders_delta_12m", "orders_12m minus orders_lag_12m.", minimum=None),
        _number(f"{prefix}amount_delta_3m", "amount_3m minus amount_lag_3m.", minimum=None),
        _number(f"{prefix}amount_delta_12m", "amount_12m minus amount_lag_12m.", minimum=None),
        _number(f"{prefix}decayed_recency", "exp(-recency_days / 90); 0 if never."),
        _number(f"{prefix}decayed_orders", "Sum of exp(-age in days / 180) over the invoices with a purchase."),
        _number(f"{prefix}decayed_amount", "Sum of net money x exp(-age in days / 180).", minimum=None),
        _number(f"{prefix}returns_share", "Money of returns as a share of money bought, whole history; 0 if none."),
        _number(f"{prefix}products_12m", "Different products bought in the last 12 months."),
        _number(f"{prefix}products_total", "Different products bought ever."),
        _number(
            f"{prefix}mean_gap_days",
            "Mean days from one invoice with a purchase to the next; NULL with fewer than two.",
            nullable=True,
        ),
        _number(
            f"{prefix}gap_ratio",
            "recency_days divided by mean_gap_days, which counts as at least one day; NULL with fewer than two.",
            nullable=True,
        ),
    )


_PAIR: Final = (
    *_history("", "the pair's"),
    _number("seats_12m", "Net units of the division in the last 12 months.", minimum=None),
    _number("seats_total", "Net units of the division ever bought: the seats that the customer has.", minimum=None),
    _number("orders_same_season", "Invoices with a purchase in the 90 days that follow the cutoff, 365 days before."),
)
_CUSTOMER: Final = (
    *_history("customer_", "the customer's"),
    _number("customer_divisions_12m", "Different divisions bought from in the last 12 months."),
    _number("customer_divisions_total", "Different divisions ever bought from."),
    _number(
        "customer_mean_order_amount", "Net money per invoice with a purchase, whole history; 0 if none.", minimum=None
    ),
    _number(
        "customer_orders_same_season",
        "Invoices with a purchase in the 90 days that follow the cutoff, 365 days before.",
    ),
    _number(
        "customer_division_entropy",
        "Shannon entropy, in nats, of the invoices with a purchase over divisions; 0 if none.",
    ),
)
_CROSS: Final = (
    _number("share_of_customer_12m", "The division's share of the customer's money bought in 12 months, 0 to 1."),
    _number("share_of_customer_total", "The division's share of the customer's money ever bought, 0 to 1."),
    _number("other_recency_days", "Days since a purchase in another division; NULL if never.", nullable=True),
    _number("cross_lift_max", "Highest association lift from another division the customer owns; 0 if none."),
    _number("cross_lift_mean", "Mean association lift from the other divisions the customer owns; 0 if none."),
    _number("cross_confidence_max", "Highest share of owners of another owned division who own this one; 0 if none."),
    _number(
        "next_division_share",
        "Of the customers who ever entered the division that this customer entered last, the share who entered this "
        "one next; the greatest if several were entered last on one day, 0 if none.",
    ),
)
_DIVISION: Final = (
    _number("division_owner_share", "Share of all customers who ever bought from the division, 0 to 1."),
    _number("division_buyer_share_12m", "Share of all customers who bought from it in the last 12 months, 0 to 1."),
    _number(
        "division_entrant_share_12m", "Share of all customers whose first purchase in it was in the last 12 months."
    ),
    _number(
        "division_season_index",
        "Invoices in the division in the 90 days that follow the cutoff, 365 days before, over the mean of 90 days in "
        "the last 12 months; 1 if less than 365 days are known or there were none.",
    ),
)

FEATURES: Final = Table(
    "whitespace",
    "features",
    "What was known about a customer and a division at the end of the cutoff date, from no later row. Windows of 3, 6, "
    "12 and 24 months are the 91, 183, 365 and 730 days that end with the cutoff. An invoice is a customer, a day and "
    "an invoice number; a purchase is a row that is not a return. There is one row for each customer with a "
    "purchase by the cutoff and each division with a transaction of one.",
    (
        Column("cutoff_date", "DATE", "Last day that is known.", references="whitespace.cutoffs.cutoff_date"),
        Column("customer_id", "VARCHAR", "The customer, with a purchase by the cutoff."),
        Column("division", "VARCHAR", "The division."),
        Column("population", "VARCHAR", WHICH_POPULATION, values=POPULATIONS),
        *_PAIR,
        *_CUSTOMER,
        *_CROSS,
        *_DIVISION,
    ),
    ("cutoff_date", "customer_id", "division"),
)

FEATURES_OF_A_PAIR: Final = tuple(column.name for column in (*_PAIR, *_CUSTOMER, *_CROSS, *_DIVISION))
"""What a model may know, in the order of the table."""

LABELS: Final = Table(
    "whitespace",
    "labels",
    "What a pair bought in the window after the cutoff, which features never see. Only for windows that the data "
    "cover.",
    (
        Column("cutoff_date", "DATE", "The cutoff.", references="whitespace.cutoffs.cutoff_date"),
        Column("customer_id", "VARCHAR", "The customer."),
        Column("division", "VARCHAR", "The division."),
        Column("population", "VARCHAR", WHICH_POPULATION, values=POPULATIONS),
        Column("net_amount", "DOUBLE", "Money in (cutoff, cutoff + window], returns deducted, in the log's currency."),
        Column("net_quantity", "DOUBLE", "Units in the window, returns deducted; 0 when not counted."),
        Column("bought", "BOOLEAN", "Whether net money is positive, or zero with positive net units (a free item)."),
    ),
    ("cutoff_date", "customer_id", "division"),
)

MODELS: Final = Table(
    "whitespace",
    "models",
    "A model or rule for a division and a population, used at one cutoff; the windows it learnt from end by that "
    "cutoff.",
    (
        Column("model_cutoff", "DATE", "The cutoff it is used at; nothing it learnt from is later."),
        Column("division", "VARCHAR", "The division."),
        Column("population", "VARCHAR", WHICH_POPULATION, values=POPULATIONS),
        Column("learner", "VARCHAR", "Kind of model or rule.", values=(*LEARNERS, *STAND_INS, *BASELINES)),
        Column(
            "model_role",
            "VARCHAR",
            "Whether it was chosen (champion), came second (challenger) or neither.",
            values=MODEL_ROLES,
        ),
        Column("training_cutoffs", "VARCHAR", "Cutoffs it learnt from, joined by a comma and a space."),
        Column(
            "validation_cutoff", "DATE", "Latest training cutoff, on which the models were compared.", nullable=True
        ),
        Column("training_rows", "BIGINT", "Pairs it learnt from.", minimum=0),
        Column("training_positives", "BIGINT", "Pairs that bought.", minimum=0),
        Column(
            "validation_auc",
            "DOUBLE",
            "AUC on the latest training window, when fitted on the earlier ones.",
            nullable=True,
        ),
        Column(
            "validation_lift_at_10",
            "DOUBLE",
            "lift@10 on the same window; decides the choice where it differs beyond chance.",
            nullable=True,
        ),
        Column(
            "validation_brier",
            "DOUBLE",
            "Brier score on the same window; decides between lifts that do not differ beyond chance.",
            nullable=True,
        ),
        Column(
            "calibration", "VARCHAR", "Calibration applied to its chances; only where it helped.", values=CALIBRATIONS
        ),
        Column(
            "calibration_error_before",
            "DOUBLE",
            "Calibration error on the latest training window, before calibration.",
            nullable=True,
        ),
        Column(
            "calibration_error_after",
            "DOUBLE",
            "Calibration error on the same window with the calibration that was tried, on customers it was not "
            "fitted on and at the level of that window, which the model does not adopt.",
            nullable=True,
        ),
        Column(
            "training_base_rate", "DOUBLE", "Share of pairs that bought in the earlier training windows.", nullable=True
        ),
        Column(
            "latest_base_rate", "DOUBLE", "Share of pairs that bought in the latest training window.", nullable=True
        ),
        Column("base_rate_drift", "DOUBLE", "latest_base_rate minus training_base_rate.", nullable=True),
        Column("parameters", "VARCHAR", "Hyperparameters, as JSON."),
        Column("importances", "VARCHAR", "Mean absolute contribution in log-odds by feature, largest first, as JSON."),
        Column("model_text", "VARCHAR", "The model, as JSON; NULL for a rule.", nullable=True),
        Column("mlflow_run_id", "VARCHAR", "Its run in MLflow; NULL for a rule.", nullable=True),
        Column("mlflow_model", "VARCHAR", "Name and version in the registry; NULL unless champion.", nullable=True),
        Column("caveat", "VARCHAR", "What readers need to know; NULL when there is nothing.", nullable=True),
    ),
    ("model_cutoff", "division", "population", "learner"),
)

PREDICTIONS: Final = Table(
    "whitespace",
    "predictions",
    "How likely a pair is to buy in the window after the cutoff, according to the champion, the challenger and "
    "the rules.",
    (
        Column("model_cutoff", "DATE", "The cutoff of the models."),
        Column("cutoff_date", "DATE", "The cutoff of the prediction: the models' own, or their validation cutoff."),
        Column("customer_id", "VARCHAR", "The customer."),
        Column("division", "VARCHAR", "The division."),
        Column("population", "VARCHAR", WHICH_POPULATION, values=POPULATIONS),
        _share("p_icp", "Chance according to the champion, calibrated if that helped, 0 to 1."),
        _share("p_challenger", "Chance according to the challenger, the second-best model, 0 to 1."),
        Column("recency_score", "DOUBLE", "Rule recency: minus the days since the last purchase; higher is better."),
        Column("frequency_score", "DOUBLE", "Rule frequency: number of purchases so far."),
        Column("popularity_score", "DOUBLE", "Rule popularity: number of customers who buy from the division."),
    ),
    ("model_cutoff", "cutoff_date", "customer_id", "division"),
)

HOLDOUT_METRICS: Final = Table(
    "whitespace",
    "holdout_metrics",
    "One measure of one ranker on the hold-out: pairs whose purchases were not available when it was trained.",
    (
        Column("cutoff_date", "DATE", "The cutoff that is tested."),
        Column("division", "VARCHAR", f"The division; {ALL_DIVISIONS} for all divisions together."),
        Column("population", "VARCHAR", WHICH_POPULATION, values=POPULATIONS),
        Column("ranker", "VARCHAR", "What is measured.", values=RANKERS),
        Column("measure", "VARCHAR", "The measure.", values=MEASURES),
        Column("value", "DOUBLE", "Its value; NULL when undefined, with the reason in the caveat.", nullable=True),
        Column("low", "DOUBLE", "Lower end of the 95% bootstrap interval; NULL if there is none.", nullable=True),
        Column("high", "DOUBLE", "Upper end of the 95% bootstrap interval; NULL if there is none.", nullable=True),
        Column("pairs", "BIGINT", "Pairs it was measured on.", minimum=0),
        Column("positives", "BIGINT", "Pairs that bought.", minimum=0),
        Column(
            "k",
            "BIGINT",
            "Number of top pairs for precision_at_k, which is what the reps can work on; otherwise NULL.",
            nullable=True,
        ),
        Column("gate", "DOUBLE", "The promised value; NULL when nothing is promised.", nullable=True),
        Column(
            "passed",
            "BOOLEAN",
            "Whether the value keeps the promise; NULL when there is none or the value is undefined.",
            nullable=True,
        ),
        Column("caveat", "VARCHAR", "What readers need to know; NULL when there is nothing.", nullable=True),
    ),
    ("cutoff_date", "division", "population", "ranker", "measure"),
)

HOLDOUT_CURVES: Final = Table(
    "whitespace",
    "holdout_curves",
    "A point on a hold-out curve of the champion or a rule.",
    (
        Column("cutoff_date", "DATE", "The cutoff that is tested."),
        Column("division", "VARCHAR", f"The division; {ALL_DIVISIONS} for all divisions together."),
        Column("population", "VARCHAR", WHICH_POPULATION, values=POPULATIONS),
        Column("ranker", "VARCHAR", "What the curve shows.", values=RANKERS),
        Column("curve", "VARCHAR", "gains or calibration.", values=("gains", "calibration")),
        Column("point", "BIGINT", "Number of the point on the curve.", minimum=0),
        Column("x", "DOUBLE", "Share of pairs from the top (gains), or mean chance of the bin (calibration)."),
        Column("y", "DOUBLE", "Share of purchases found (gains), or share that bought (calibration)."),
        Column("pairs", "BIGINT", "Pairs up to the point (gains), or in the bin (calibration).", minimum=0),
    ),
    ("cutoff_date", "division", "population", "ranker", "curve", "point"),
)

DRIFT: Final = Table(
    "whitespace",
    "drift",
    "How far a feature, or buying behaviour, has moved between the training pairs and the pairs that the models "
    "are used on.",
    (
        Column("cutoff_date", "DATE", "The cutoff that the models are used at."),
        Column("division", "VARCHAR", "The division."),
        Column("population", "VARCHAR", WHICH_POPULATION, values=POPULATIONS),
        Column("feature", "VARCHAR", f"The feature, or one of {', '.join(WATCHED)}, which a check watches."),
        Column("psi", "DOUBLE", "Population stability index over ten bins of the training pairs.", minimum=0),
        _share("ks", "Kolmogorov-Smirnov distance from the training pairs, 0 to 1."),
        Column("nearest_cutoff", "DATE", "The training cutoff whose pairs are most similar."),
        Column("nearest_psi", "DOUBLE", "The index against the pairs of that cutoff only.", minimum=0),
        _number("psi_by_chance", "Value that nearest_psi exceeds by chance alone once in 1,000 cases."),
        Column("nearest_mean", "DOUBLE", "Mean of the known values at nearest_cutoff; NULL if none.", nullable=True),
        Column("mean", "DOUBLE", "Mean of the known values at cutoff_date; NULL if none.", nullable=True),
    ),
    ("cutoff_date", "division", "population", "feature"),
)

WHITESPACE_LIST: Final = Table(
    "whitespace",
    "whitespace",
    "A customer and a division it never bought from, with how promising the pair is and why; the most promising first.",
    (
        Column("cutoff_date", "DATE", "Last day that was known."),
        Column(
            "is_current",
            "BOOLEAN",
            "Whether it belongs to the current list; otherwise it served to validate the method.",
        ),
        Column("customer_id", "VARCHAR", "The customer."),
        Column("division", "VARCHAR", "The division to sell."),
        Column("customer_name", "VARCHAR", "Name of the customer; NULL when the log has none.", nullable=True),
        Column("rep", "VARCHAR", "Rep responsible for the customer; unassigned if the log names none."),
        Column("place", "BIGINT", "Rank in the list of the cutoff; 1 is the best.", minimum=1),
        Column("place_of_rep", "BIGINT", "Rank among the rep's eligible pairs; NULL if not eligible.", nullable=True),
        _share("score", "Blend of the four parts, 0 to 1."),
        _share("challenger_score", "The same score with the challenger's chance, 0 to 1."),
        Column("grade", "VARCHAR", "A to D, by rank among all pairs in the list.", values=GRADES),
        _share("p_icp", "Chance that the customer buys in the window, according to the model."),
        _number(
            "lift",
            "Highest association lift from a division that the customer owns: how much more "
            "often its owners own this one than all customers do.",
        ),
        Column("affinity", "DOUBLE", "Affinity by matrix factorisation of who bought what."),
        _number(
            "expected_value", "p_icp times the usual revenue of a first window in the division, in the log's currency."
        ),
        _share("p_icp_part", "Rank by p_icp on a scale from 0 to 1 that counts the top most."),
        _share("lift_part", "Rank by lift, on the same scale."),
        _share("affinity_part", "Rank by affinity, on the same scale."),
        _share("expected_value_part", "Rank by expected_value, on the same scale."),
        Column("is_eligible", "BOOLEAN", "Whether the customer may be contacted about it."),
        Column("not_eligible_because", "VARCHAR", "Why it is not eligible; NULL when it is.", nullable=True),
        Column("within_capacity", "BOOLEAN", "Whether it is eligible and within the rep's capacity."),
        Column("reasons", "VARCHAR", "Explanation in words, from what the model counted for and against it."),
        Column("account_id", "VARCHAR", "CRM account; NULL if there is none.", nullable=True),
        Column(
            "open_opportunities",
            "VARCHAR",
            "Open opportunities of that account, joined by ', '; NULL if there are none.",
            nullable=True,
        ),
        Column("caveat", "VARCHAR", "What readers need to know; NULL when there is nothing.", nullable=True),
    ),
    ("cutoff_date", "customer_id", "division"),
)

PROFILES: Final = Table(
    "whitespace",
    "profiles",
    "A trait of a division's ideal customer: how recent first-time buyers differ from those who did not buy.",
    (
        Column("cutoff_date", "DATE", "Last day that was known."),
        Column("division", "VARCHAR", "The division."),
        Column("place", "BIGINT", "Rank of the trait, the most telling first.", minimum=1),
        Column("trait", "VARCHAR", "The feature, or the owned division."),
        Column("statement", "VARCHAR", "The trait in words and numbers."),
        Column("buyers", "BIGINT", "Customers who first bought from the division in the window.", minimum=0),
        Column("buyers_value", "DOUBLE", "Median or share among these buyers."),
        Column("others_value", "DOUBLE", "Median or share among those who did not buy."),
        _share("separation", "AUC of the trait alone; 0.5 means that it tells nothing."),
    ),
    ("cutoff_date", "division", "place"),
)

PAGES: Final = Table(
    "whitespace",
    "pages",
    "The whitespace page and the files for the sales team, written for a cutoff.",
    (
        Column("cutoff_date", "DATE", "Last day that was known."),
        Column("created_at", "TIMESTAMP", "When it was written, UTC."),
        Column("run_id", "VARCHAR", "Dagster run that wrote it."),
        Column("pairs", "BIGINT", "Pairs in it.", minimum=0),
        Column("html_path", "VARCHAR", "The page, relative to the home folder."),
        Column("csv_path", "VARCHAR", "The list as CSV, relative to the home folder."),
        Column("excel_path", "VARCHAR", "The list as an Excel workbook, relative to the home folder."),
    ),
    ("cutoff_date",),
)

WHITESPACE_TABLES: Final = (
    CUTOFFS,
    FEATURES,
    LABELS,
    MODELS,
    PREDICTIONS,
    WHITESPACE_LIST,
    PROFILES,
    HOLDOUT_METRICS,
    HOLDOUT_CURVES,
    DRIFT,
    PAGES,
)
