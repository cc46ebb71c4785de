"""The models, who decided what about them, and the audit log, as commands ask for them."""
