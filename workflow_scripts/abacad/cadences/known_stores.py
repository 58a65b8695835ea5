"""The stores that preprocessing can make, and the channels that a model can see of them."""

# By name, with what a report calls it. Each has a rule that writes <results>/stores/<name>/.
STORES = {
    "flattened": "flattened",
    "normalized": "whitened by each panel",
    "off_normalized": "whitened by the OFF panels",
    "nmf": "denoised (NMF)",
    "sharpened": "sharpened",
    "residual": "background subtracted",
    "zscored": "z-scored",
}

# Those that know which columns other cadences cover: they have the channel <name>.mask too.
MASKED_STORES = ("residual",)

CHANNELS = (
    *(f"{store}.{side}" for store in STORES for side in ("all", "on", "off")),
    *(f"{store}.mask" for store in MASKED_STORES),
)
