"""What is asked of the model: a body as JSON, a row by the rules of the signature."""

from churn_mlops.serving.asked.body import Huge, parse_body
from churn_mlops.serving.asked.fields import Field, make_fields
from churn_mlops.serving.asked.problems import BadRequest, Problem
from churn_mlops.serving.asked.reading import Reader, Row

__all__ = ["BadRequest", "Field", "Huge", "Problem", "Reader", "Row", "make_fields", "parse_body"]
