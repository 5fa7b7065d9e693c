"""An event stream from Flask: `python3 app.py`, then `curl -N http://127.0.0.1:5000/events`."""

import os
import time
from datetime import datetime, timezone

from flask import Flask, Response

app = Flask(__name__)


def events():
    yield "retry: 5000\nevent: update\ndata: 你好，客户端\n\n"
    while True:
        time.sleep(3)
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        # A reader that has left shows here: writing fails, and the generator is closed.
        yield f"data: 当前时间 {now.replace('+00:00', 'Z')}\n\n"


@app.get("/events")
def stream():
    return Response(events(), mimetype="text/event-stream", headers={"Cache-Control": "no-cache"})


if __name__ == "__main__":
    # A thread for each reader, as long as it reads. In production the same: `gunicorn --worker-class gthread
    # --threads 100 app:app`, since a worker of the default class serves one reader and nobody else.
    app.run(port=int(os.environ.get("PORT", "5000")), threaded=True)
