"""The names of the ensemble's means, and those that no member may have; imports nothing."""

METHODS = ("rank_mean", "arithmetic_mean", "power_mean", "weighted_mean")

# Columns of the ensemble's tables and keys of its scores. A member of such a name would take their place.
RESERVED = ("id", "target", "fold", *METHODS, "rows", "member", "members", "means", "method")
