"""The service on the web: routes, the door before them, what it says of itself."""
