"""Buyers: what the people who buy said in a survey and in interviews, and what the three methods say together.

Contains `survey/` (importers, states of answers, estimates, consistency of what was printed), `interviews/` (codings,
agreement, themes), `triangulation/` (propositions and verdicts) and `deposit/`. Keep out: market data and Dagster.
"""
