"""The assets, one module per layer: thin bodies around the pure packages.

No method belongs here: an asset reads tables, calls one pure function and hands the frames to write_audit_publish.
"""
