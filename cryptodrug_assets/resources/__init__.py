"""What assets reach outside themselves for.

Contains the platform as a Dagster resource: settings, store, keys, capture, wired to a home. Keep out: methods and page
knowledge.
"""
