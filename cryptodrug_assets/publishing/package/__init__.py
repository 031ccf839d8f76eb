"""The data package of a release: tables as Parquet, CSV and workbooks, their descriptions, and how to cite and deposit.

Every part is a function from tables and facts to bytes: nothing is read, nothing is written, no clock is asked. Keep
out: what may be published (indicators/disclosure), states and folders of releases (publishing/release).
"""
