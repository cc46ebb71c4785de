"""What differs between two runs: from what was put in to what came out, and what it comes from."""
