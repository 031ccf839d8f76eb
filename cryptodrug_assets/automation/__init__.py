"""When the assets run.

Contains jobs, schedules, sensors and conditions. Keep out: what assets do, runs of this process (runs).
"""
