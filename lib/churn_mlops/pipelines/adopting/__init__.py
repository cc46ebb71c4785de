"""Taking over a folder of notebooks: what is in it, and a project made from one of them. Nothing of it is executed."""
