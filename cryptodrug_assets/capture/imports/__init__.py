"""Captures that others made: their files, their times and sweeps, and their way into the archive."""
