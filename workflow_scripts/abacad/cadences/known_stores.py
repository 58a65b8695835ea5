"""The stores that preprocessing can make, and the channels of a model that can be made from them."""

# By name, with its title in reports. Each has a rule that writes <results>/stores/<name>/.
STORES = {
    "flattened": "flattened",
    "normalized": "whitened by each panel",
    "off_normalized": "whitened by the OFF panels",
    "nmf": "denoised (NMF)",
    "sharpened": "sharpened",
    "residual": "background subtracted",
    "levelled": "levelled",
    "zscored": "z-scored",
}

# Stores that know which columns other cadences cover. They have the channel <name>.mask too.
MASKED_STORES = ("residual",)

# Stores that are made from another store, and not from raw cadences.
MADE_FROM = {"sharpened": "flattened"}

CHANNELS = (
    *(f"{store}.{side}" for store in STORES for side in ("all", "on", "off")),
    *(f"{store}.mask" for store in MASKED_STORES),
)
