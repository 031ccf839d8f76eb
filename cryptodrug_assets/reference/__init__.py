"""The ground: facts of the world that everything else reads.

Contains rates, taxonomy, category map, names of places, regions, figures of the literature, with their sources.
Keep out: methods; nothing here decides.
"""
