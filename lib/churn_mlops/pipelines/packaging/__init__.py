"""What serves, as a folder ready to ship: wheel, lock, project, archive, and how to make an image of it."""
