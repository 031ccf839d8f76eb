"""The assets, one module per layer.

Contains thin bodies: an asset reads tables, calls one pure function and hands the frames to checks. Keep out: methods.
"""
