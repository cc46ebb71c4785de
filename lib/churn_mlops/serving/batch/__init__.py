"""Many customers at once: files, folders and database tables scored in bounded memory, on all cores or a cluster."""

from churn_mlops.serving.batch.scoring import Asked, score_file

__all__ = ["Asked", "score_file"]
