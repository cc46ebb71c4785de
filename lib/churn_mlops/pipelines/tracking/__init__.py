"""Runs on record in an MLflow server as well, where MLFLOW_TRACKING_URI names one."""
