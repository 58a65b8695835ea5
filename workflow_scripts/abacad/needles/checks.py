"""The name and value of a setting in, an error that names it out, if it is wrong."""

import math
from collections.abc import Mapping
from dataclasses import fields
from numbers import Integral, Real
from typing import Any

from abacad.needles.distributions import Distribution, lowest


def refuse_unknown(name: str, settings: Mapping[str, Any], allowed: type) -> None:
    """ValueError: there are settings that the dataclass `allowed` does not have; the message names them."""
    known = [setting.name for setting in fields(allowed)]
    if unknown := [setting for setting in settings if setting not in known]:
        raise ValueError(f"{name}unknown {', '.join(unknown)}; allowed: {', '.join(known)}")


def require(name: str, value: object, kind: type, low: float, high: float) -> None:
    """ValueError: the value has a wrong type or is out of range; the message names the setting."""
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        noun = "a whole number" if kind is Integral else "a number"
        raise ValueError(f"{name}: must be {noun} from {low} to {high}, not {value!r}")


def require_distribution(name: str, value: Distribution, low: float) -> None:
    """ValueError: the value is not a distribution, or may give values below `low`; the message names
    the setting."""
    try:
        require("its lowest value", lowest(value), Real, low, math.inf)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
