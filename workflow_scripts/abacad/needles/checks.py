"""A setting's name and value in, an error out that names it, where it is wrong."""

import math
from collections.abc import Mapping
from dataclasses import fields
from numbers import Integral, Real
from typing import Any

from abacad.needles.distributions import Distribution, lowest


def refuse_unknown(name: str, settings: Mapping[str, Any], allowed: type) -> None:
    """ValueError names the settings that the dataclass `allowed` has not."""
    known = [setting.name for setting in fields(allowed)]
    if unknown := [setting for setting in settings if setting not in known]:
        raise ValueError(f"{name}unknown {', '.join(unknown)}; allowed: {', '.join(known)}")


def require(name: str, value: object, kind: type, low: float, high: float) -> None:
    """ValueError names the setting whose value is not of its kind, or out of its range."""
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        noun = "a whole number" if kind is Integral else "a number"
        raise ValueError(f"{name}: must be {noun} from {low} to {high}, not {value!r}")


def require_distribution(name: str, value: Distribution, low: float) -> None:
    """ValueError names the setting whose value is no distribution, or may be drawn below `low`."""
    try:
        require("its lowest value", lowest(value), Real, low, math.inf)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
