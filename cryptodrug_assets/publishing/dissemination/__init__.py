"""Releases for the public: the tree of files, its checks, its states from draft to publication, what changed since.

Keep out: manifests of the internal state (publishing/releases.py), and what may be published (indicators/disclosure).
"""
