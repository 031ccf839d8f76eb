"""The archive of evidence: WARC segments, journal, index, verification, WACZ. No browser here."""
