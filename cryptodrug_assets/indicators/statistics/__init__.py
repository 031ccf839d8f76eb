"""Estimators: intervals, pooled variance, bootstrap, capture–recapture, bounds. No indicator codes here."""
