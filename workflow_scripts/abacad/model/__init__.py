"""Images in, logits and the loss to minimise out."""
