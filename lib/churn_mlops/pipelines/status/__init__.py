"""How things stand: the last run, the model that serves and by whose word, what is stale or broken, what to do."""
