"""Stores in, batches of augmented images and labels out: what a model sees."""
