"""The names of the kinds of needles. simulate/needles.py tells what each looks like."""

KNOWN_KINDS = ("straight", "squiggle", "dashed", "dot")
UNSEEN_KINDS = ("s_shape",)  # that no training cadence shows
KINDS = KNOWN_KINDS + UNSEEN_KINDS

EDGE_BINS = 3  # a needle of any kind keeps this distance from the edges of its cadence
