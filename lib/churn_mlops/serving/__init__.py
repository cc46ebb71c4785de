"""The model at work: which one serves, the scores of the active customers."""
