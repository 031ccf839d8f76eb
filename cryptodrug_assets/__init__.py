"""CRYPTODRUG monitor: captures of cryptomarkets → parsed pages → clean entities → monthly indicators."""

import warnings

# Partitioned checks and partition mappings are preview features of the orchestrator, used on purpose and pinned in the
# lock; their notices would bury the one line a user needs.
warnings.filterwarnings("ignore", message=r"(?s).*currently in (preview|beta), and may have breaking changes")
