"""A run made again from the archive alone: what each run archives for it, and how it is done and compared."""
