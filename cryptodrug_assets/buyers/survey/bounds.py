"""Worst cases: what a share could be if the missing answers were all of one kind, and what a paired test could say
without the joint table (Manski 1990)."""

from collections.abc import Iterator

from cryptodrug_assets.buyers.survey.paired import exact_mcnemar


def share_bounds(k: int, n_valid: int, base: int) -> tuple[float, float] | None:
    """Lowest and highest share among `base` people of whom n_valid answered and k of these said yes; None without base.

    >>> [round(100 * bound) for bound in share_bounds(40, 66, 99)]
    [40, 74]
    """
    if base <= 0:
        return None
    return k / base, (k + base - n_valid) / base


def joint_tables(first: int, second: int, n: int) -> Iterator[tuple[int, int]]:
    """(only first, only second) of all joint tables with these margins."""
    for both in range(max(0, first + second - n), min(first, second) + 1):
        yield first - both, second - both


def mcnemar_bounds(first: int, second: int, n: int) -> tuple[float, float]:
    """Smallest and largest exact p of the paired comparison over all joint tables with these margins."""
    values = [exact_mcnemar(only_first, only_second) for only_first, only_second in joint_tables(first, second, n)]
    return min(values), max(values)
