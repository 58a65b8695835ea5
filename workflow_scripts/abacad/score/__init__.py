"""Out-of-fold predictions in, AUCs, pseudo-labels and the domain shift out."""
