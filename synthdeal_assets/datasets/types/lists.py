"""Types whose values are a short list, each with how often it comes; the lists are in `names/lists.csv`, in English."""

from __future__ import annotations

from functools import cache, partial
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.spec.expressions import Kind
from synthdeal_assets.datasets.types.draws import below, chosen, data_file
from synthdeal_assets.datasets.types.languages import in_language, is_word
from synthdeal_assets.datasets.types.semantic_type import SemanticType, TypeRequest

DESCRIPTIONS: Final = {
    "business.order_status": "Status of an order.",
    "business.payment_method": "How an order is paid.",
    "business.payment_terms": "Terms of payment of an invoice.",
    "business.shipping_method": "How an order is sent.",
    "business.invoice_status": "Status of an invoice.",
    "business.priority": "Priority of a task or case.",
    "business.size": "Size of clothes.",
    "business.status": "Status of a record.",
    "business.approval_status": "Whether it was approved.",
    "business.employment_type": "Kind of employment.",
    "business.project_status": "Status of a project.",
    "business.return_reason": "Why goods came back; missing where the status of the order beside it says otherwise.",
    "business.sales_channel": "Where something is sold.",
    "business.warehouse": "Code of a warehouse.",
    "crm.stage": "Stage of an opportunity.",
    "crm.lead_source": "Where a lead came from.",
    "crm.lead_status": "Status of a lead.",
    "crm.activity_kind": "Kind of an activity.",
    "crm.loss_reason": "Why a deal was lost; missing where the stage beside it says otherwise.",
    "crm.account_type": "What an account is to us.",
    "crm.account_tier": "How important an account is.",
    "crm.rating": "How warm a lead is.",
    "crm.opportunity_type": "Kind of a deal.",
    "crm.ticket_status": "Status of a support case.",
    "crm.plan": "Plan of a subscription.",
    "crm.subscription_status": "Status of a subscription.",
    "crm.next_step": "What is to be done next.",
    "crm.channel": "Channel by which a customer writes.",
    "person.blood_type": "Blood group.",
    "person.contact_preference": "How a person wants to be reached.",
    "internet.http_method": "HTTP method.",
    "internet.traffic_source": "Where a visit came from.",
    "internet.event_name": "Event on a web site.",
    "finance.transaction_type": "Kind of a transaction.",
    "finance.payment_status": "Status of a payment.",
    "finance.account_type": "Kind of a bank account.",
    "finance.credit_rating": "Credit rating on the usual scale of letters.",
    "text.color": "Name of a colour.",
    "text.tag": "Label for sorting.",
}


_ONLY_WHERE: Final = {
    "crm.loss_reason": ("crm.stage", ("Closed Lost", "Lost")),
    "business.return_reason": ("business.order_status", ("Returned",)),
}
"""What belongs to some values of another list alone."""

_ENTITIES: Final = {"person": "person", "company": "company", "crm": "deal"}


@cache
def list_of(name: str) -> pl.DataFrame:
    """The values of a type and their weights, which are 100 together."""
    return data_file("lists.csv").filter(pl.col("type") == name).with_columns(pl.col("weight").cast(pl.Int64))


@cache
def hundred_of(name: str, locale: str) -> pl.Series:
    """A hundred values, each as often as its weight says, in the language of the locale."""
    values = list_of(name)
    at = np.repeat(np.arange(values.height), values["weight"].to_numpy())
    return in_language(values["value"], name, locale).gather(at)


def from_list(request: TypeRequest, name: str) -> pl.Series:
    """One value of the list for each row; where the field is unique, each once."""
    if request.unique:
        return chosen(request, "list", in_language(list_of(name)["value"], name, request.locale))
    return hundred_of(name, request.locale).gather(below(request.keys(name), 100))


def list_types() -> list[SemanticType]:
    """The types of the lists that follow nothing."""
    return [
        SemanticType(
            name,
            Kind.TEXT,
            description,
            list_of(name)["value"][0],
            partial(from_list, name=name),
            entity=_ENTITIES.get(name.split(".")[0]),
            only_where=_ONLY_WHERE.get(name),
            valid=is_word(name),
            capacity=list_of(name).height,
        )
        for name, description in DESCRIPTIONS.items()
    ]
