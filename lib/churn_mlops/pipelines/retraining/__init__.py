"""Training again: decided from the archive by the policy, and put on record either way."""
