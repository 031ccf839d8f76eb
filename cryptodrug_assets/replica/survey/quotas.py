"""The figures of the synthetic wave: how many reach each block, how many answer each item, and what they answer.

Chosen so that every printed figure of the study holds. Only two valid N are pinned by the study (purposes 62–72,
source of knowledge one of twelve values); every other N is one solution among many.
"""

from collections import Counter

RESPONDENTS = 99
INTERVIEWS = 10
NO_ANSWER, NOT_SHOWN, BROKEN_OFF = -9, -8, -7
#: Respondents who send off each block; the difference to the next is break-off.
REACH = {
    "screening": 99,
    "profile": 99,
    "career": 93,
    "use": 91,
    "change": 89,
    "spending": 80,
    "purpose": 72,
    "knowledge": 69,
    "fora": 66,
    "evaluation": 66,
    "reasons": 64,
    "staying": 63,
    "vendors": 62,
    "risks": 62,
    "shocks": 62,
}
#: Answers by value of items that everybody in the block is asked.
PLAIN: dict[str, dict[int, int]] = {
    "adult": {1: 99}, "bought_12m": {1: 99}, "tie": {1: 92, 2: 7},
    "gender": {1: 97},
    "age": {18: 4, 19: 6, 20: 8, 21: 9, 22: 9, 23: 8, 24: 7, 25: 6, 26: 5, 27: 4, 28: 3, 29: 2, 30: 4, 31: 3, 32: 3,
            33: 2, 34: 2, 35: 2, 37: 2, 38: 1, 40: 2, 42: 1, 44: 1, 47: 1, 51: 1},
    "occupation": {1: 52, 2: 7, 3: 32, 4: 3, 5: 1},
    "first_drug": {1: 71, 2: 12, 3: 7},
    "first_source": {1: 68, 2: 6, 3: 11, 4: 4},
    "used_before": {1: 83, 0: 4},
    "freq_change": {1: 17, 2: 49, 3: 20},
    "orders": {1: 19, 2: 34, 3: 13, 4: 7, 5: 3},
    "source": {1: 30, 2: 11, 3: 8, 4: 3, 5: 14},
    "fora_active": {1: 41, 2: 17, 3: 6, 4: 2},
    "harm_info": {1: 41, 0: 23},
    "elsewhere": {1: 60, 0: 4},
    "eval_crypto": {1: 1, 2: 2, 3: 7, 4: 29, 5: 24},
    "risk_vendor": {1: 14, 2: 28, 3: 13, 4: 4, 5: 1},
    "risk_admin": {1: 17, 2: 24, 3: 12, 4: 6, 5: 1},
    "risk_law": {1: 33, 2: 20, 3: 5, 4: 2},
    "risk_main": {1: 43, 2: 6, 3: 8, 4: 3},
    "buys_local": {1: 38, 0: 22},
    "opsec_extra": {1: 52, 2: 6, 3: 2},
    "shock_effect": {0: 44, 1: 16},
    "again": {1: 37, 0: 23},
    "will_again": {1: 48, 0: 12},
}  # fmt: skip
#: 90 ages of first use, median 18.
AGE_FIRST_USE = {13: 1, 14: 2, 15: 2, 16: 12, 17: 18, 18: 20, 19: 12, 20: 10, 21: 6, 22: 4, 23: 2, 25: 1}
#: 86 counts of new drugs that sum to 228: mean 2.65.
NEW_DRUGS = {0: 14, 1: 14, 2: 17, 3: 15, 4: 12, 5: 6, 6: 4, 7: 2, 9: 1, 10: 1}
RANGE_CHANGE = {1: 6, 2: 28, 3: 52}
#: 76 spending bands: 39 above 250 euros, 15 above 1,000, most often 100 to 250.
SPEND = {1: 4, 2: 4, 3: 7, 4: 22, 5: 13, 6: 11, 7: 13, 8: 2}
#: Bands of the four who also buy for customers: two of them 1,000 to 5,000 euros.
SPEND_OF_CUSTOMERS = (7, 7, 6, 5)
EVAL_OFFLINE = {1: 3, 2: 9, 3: 17, 4: 24, 5: 6}
CHEAPEST = {1: 22, 2: 5, 3: 7, 4: 5}
#: Multi-response sets: the base, and how many tick each option.
SETS: dict[str, tuple[int, dict[str, int]]] = {
    "use12m": (
        88,
        {
            "cannabis": 74,
            "mdma": 60,
            "cocaine": 41,
            "amphetamine": 33,
            "lsd": 30,
            "mushrooms": 24,
            "ketamine": 26,
            "2cb": 25,
            "benzodiazepines": 12,
            "nps": 9,
            "ghb": 6,
            "heroin": 1,
        },
    ),
    "purpose": (68, {"own": 66, "friends": 37, "partner_family": 11, "customers": 4}),
    "reason": (
        62,
        {"range": 37, "quality": 33, "price": 26, "convenience": 24, "safety": 21, "anonymity": 17, "curiosity": 12},
    ),
    "stay": (61, {"quality": 48, "price": 41, "range": 39, "convenience": 23, "safety": 18, "reviews": 14}),
}
#: Rankings of vendors' criteria and how many gave them.
RANKINGS: dict[tuple[str, str, str], int] = {
    ("transactions", "reputation", "reviews"): 19, ("reputation", "transactions", "reviews"): 9,
    ("transactions", "reviews", "reputation"): 6, ("reputation", "reviews", "same_region"): 5,
    ("transactions", "same_region", "reputation"): 6, ("reviews", "transactions", "price"): 5,
    ("same_region", "reputation", "transactions"): 4, ("price", "transactions", "shipping"): 3,
    ("reviews", "same_region", "description"): 2, ("specialisation", "transactions", "description"): 1,
}  # fmt: skip


def frequencies(drug: str, users: int) -> dict[int, int]:
    """How often the users of a drug use it: cannabis most often by far, others mostly once or a few times."""
    if drug == "cannabis":
        top = [6] * round(users * 0.30) + [5] * round(users * 0.22) + [4] * round(users * 0.18)
    else:
        top = [4] * round(users * 0.06) + [3] * round(users * 0.25)
    rest = users - len(top)
    return dict(Counter([*top, *([2, 1] * rest)[:rest]]))
