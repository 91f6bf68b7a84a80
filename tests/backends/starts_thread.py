"""Starts a thread as it is imported, which a fork would lose."""

from __future__ import annotations

import threading
import time

threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
