"""DATA: sources, the contract, the quarantine and the versions of a dataset."""
