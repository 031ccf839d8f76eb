"""The vendors of a month, and who is who across markets and months."""
