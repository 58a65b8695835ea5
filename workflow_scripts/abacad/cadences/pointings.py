"""The order of pointings in, the stretches of it that models know out.

Nothing beyond the standard library is imported, so that the workflow can plan its jobs by this.
"""

from abacad.cadences.layout import ON_PANELS, PANELS


def stretches(pattern: str) -> list[range]:
    """Every six pointings in a row of which the first, third and fifth alone look at the target.

    pattern  a letter for each pointing; the first one is the target. ABABABAB has two stretches, which share
             four pointings
    """
    known = [place in ON_PANELS for place in range(PANELS)]
    on = [letter == pattern[0] for letter in pattern]
    return [
        range(first, first + PANELS)
        for first in range(len(pattern) - PANELS + 1)
        if on[first : first + PANELS] == known
    ]
