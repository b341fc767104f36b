"""The demo: its pictures, tweets and vision models, and the commands of its steps."""

import os

# Before torch is imported: threads that wait for each other do so without keeping a core busy. On
# cores shared with other work, busy waiting makes training several times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
