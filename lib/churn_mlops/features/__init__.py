"""Features, label and split: one definition for training, batch scoring and serving."""
