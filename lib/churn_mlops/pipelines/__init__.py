"""The pipeline as a job: stages and their parameters, their execution by papermill, and the run as a whole."""
