"""A first dataset definition from the data itself: what each column seems to be, what is guessed, what is left out."""

from churn_mlops.data.drafting.draft import Asked, Draft, make_draft
from churn_mlops.data.drafting.saving import save_draft

__all__ = ["Asked", "Draft", "make_draft", "save_draft"]
