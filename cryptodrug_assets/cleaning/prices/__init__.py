"""Prices in euros, what they are for, holding prices."""
