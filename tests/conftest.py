"""What all tests share: nothing is timed, nothing random differs between runs, no window opens."""

import os

import hypothesis

# Before matplotlib or a child process reads it.
os.environ["MPLBACKEND"] = "Agg"

hypothesis.settings.register_profile("symgrad", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("symgrad")
