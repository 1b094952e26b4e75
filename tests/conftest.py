"""Puts this folder on the path: the tests below share tidemill.py."""

import os

# Real Dagster writes some sets in the order of their hashes: with a seed, what one run of the tests sees the next one does.
os.environ["PYTHONHASHSEED"] = "0"
