"""How long a run may say nothing before its process is taken for gone."""

from datetime import timedelta

# A capture that takes days writes a line every two minutes.
SILENT_AFTER = timedelta(hours=3)
