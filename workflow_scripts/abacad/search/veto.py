"""How much OFF panels take away from what ON panels show at the same place; imports nothing."""

VETO = (
    4.0  # times what they show: a carrier is up to six times as strong in one panel as in another
)
BY_CHANCE = 3.0  # deviations, below which they show nothing: the highest of some cells of noise
