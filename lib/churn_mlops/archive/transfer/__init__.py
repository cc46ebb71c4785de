"""A version as one file to hand over: a plain tar behind a seal that is checked before anything in it is read."""
