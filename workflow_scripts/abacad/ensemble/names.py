"""The names of the ensemble's methods, and the names that no member may have. Imports nothing."""

METHODS = ("rank_mean", "arithmetic_mean", "power_mean", "weighted_mean", "stacked")

# Columns of the ensemble's tables and keys of its scores. A member with such a name would overwrite them.
RESERVED = ("id", "target", "fold", *METHODS, "rows", "member", "members", "means", "method")


def shown(method: str) -> str:
    """The ensemble by a method, as tables of models call it. No experiment can be called so."""
    return f"ensemble, {method.replace('_', ' ')}"
