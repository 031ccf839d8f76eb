"""Jobs, schedules, sensors and the backfill: when the assets run. What they do is not decided here."""
