"""How the frames of a layer are judged by their contracts and become tables of record.

Contains audit, publish and describe, which are called one after the other, what rules may ask besides, the lint of
contracts and the lineage of columns. Keep out: rules (they stand in the contracts) and the engines (quality).
"""
