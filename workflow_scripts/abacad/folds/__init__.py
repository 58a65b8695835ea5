"""A manifest and overlap groups in, the split of the training cadences out."""
