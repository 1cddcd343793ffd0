"""A process in guessit's place that says what the name asks for: it stalls, dies, or answers with nonsense."""

from __future__ import annotations

import json
import os
import sys
import time

print("{}", flush=True)
for line in sys.stdin:
    name = json.loads(line)
    if name == "stall":
        time.sleep(600)
    if name == "die":
        os._exit(9)
    print("nonsense" if name == "babble" else json.dumps({"title": name, "pid": os.getpid()}), flush=True)
