"""Disclosure control: which values may not leave the house, and public tables without them."""
