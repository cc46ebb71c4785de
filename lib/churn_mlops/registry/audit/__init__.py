"""The audit log: what was done to the models of a dataset, by whom, each record bound to the one before."""
