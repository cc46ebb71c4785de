"""Why a customer got a score: the prediction, its reasons, what it came of, and where each stands in the archive."""
