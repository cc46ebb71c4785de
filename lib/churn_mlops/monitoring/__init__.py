"""Whether the model still works: drift, freshness, realised performance, alerts, and whether to retrain."""
