"""Runs in this process, and what became of every run.

Contains the backfill, the instance that the UI shows, its event log, the overview. Keep out: what a run does (assets).
"""
