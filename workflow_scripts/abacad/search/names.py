"""The names of the statistics of a search, for those that read them from a table and compute none."""

# By name, with what white noise alone has of each: it is the highest of many values.
IN_NOISE = {
    "least": 2.0,
    "second": 2.9,
    "pulses": 2.3,
    "short": 3.0,
    "winding": 7.0,
    "winding_in_two": 7.2,
}
STATISTICS = (*IN_NOISE, "dots", "evidence")
