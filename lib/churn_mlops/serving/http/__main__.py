"""The service of one folder, on a Unix socket: `python -m churn_mlops.serving.http FOLDER SOCKET`.

What a run starts to hold its own model against it. It ends when whoever started it is gone.
"""

import socket
import sys

from churn_mlops.serving.http.running import Settings, end_with_parent, serve

if __name__ == "__main__":
    folder, path = sys.argv[1:]
    end_with_parent()
    bound = socket.socket(socket.AF_UNIX)
    bound.bind(path)
    serve(Settings(folder, "", folder=folder, quiet=True), bound)
