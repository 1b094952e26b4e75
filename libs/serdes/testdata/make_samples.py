"""Makes the samples beside this file from the output of tests/compat/serdes_capture.py.

    python make_samples.py OUTPUT

A sample is a text of the real Dagster, with paths, stack frames and descriptions put to placeholders and with items of
lists (but the first) and of dicts dropped that show no new combination of class, field and type of value. <Type>.jsonl holds one a line.
"""

import json
import re
import sys
from pathlib import Path

FRAME = '  File "defs.py", line 1, in f\n    raise ValueError()\n'
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/])/\w[\w.-]*/")
# Types whose samples are chosen first: the later ones hold them and show only what they add.
ORDER = ["ErrorInfo", "EventLogEntry", "DagsterEvent", "EventLogRecord", "AssetNodeSnap", "JobSnap", "JobDataSnap"]


def scrubbed(value, key=None):
    if isinstance(value, dict):
        return {name: scrubbed(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [FRAME] * min(len(value), 2) if key == "stack" else [scrubbed(item) for item in value]
    if isinstance(value, str):
        if key in ("description", "op_description"):
            return "d é"
        if ABSOLUTE_PATH.search(value):
            return "/home/user/project"
    return value


def features(value, seen, place=""):
    """The combinations in `value` that are not in `seen`."""
    if isinstance(value, dict):
        name = value.get("__class__", f"{place}{{}}")
        new = {(name, kind, value[kind]) for kind in ("__enum__",) if kind in value} - seen
        for key, item in value.items():
            if "__class__" in value or key.startswith("__"):
                new |= {(name, key, type(item).__name__, bool(item))} - seen
                new |= features(item, seen, f"{name}.{key}")
            else:
                new |= features(item, seen, f"{place}{{}}")
        return new
    if isinstance(value, list):
        return set().union(*(features(item, seen, f"{place}[]") for item in value)) if value else set()
    return {(place, type(value).__name__)} - seen


def pruned(value, seen, place=""):
    """`value` without items that show nothing new; what it shows is added to `seen`."""
    if isinstance(value, dict):
        name = value.get("__class__", place)
        kept = {}
        for key, item in value.items():
            inside = f"{name}.{key}" if "__class__" in value or key.startswith("__") else f"{place}{{}}"
            droppable = "__class__" not in value and not key.startswith("__") and isinstance(item, (dict, list))
            if not droppable or features(item, seen, inside):
                kept[key] = pruned(item, seen, inside)
        seen |= features({**value, **kept}, seen, place) if kept else set()
        return kept
    if isinstance(value, list):
        kept = []
        for item in value:
            if not kept or not isinstance(item, dict) or features(item, seen, f"{place}[]"):
                new = features(item, seen, f"{place}[]")
                kept.append(pruned(item, seen, f"{place}[]"))
                seen |= new
        return kept
    return value


def main(output):
    texts = {}
    for line in Path(output).read_text(encoding="utf-8").splitlines():
        kind, text = line.split("\t", 1)
        texts.setdefault(kind, set()).add(json.dumps(scrubbed(json.loads(text)), sort_keys=True))
    seen = set()
    for kind in [*ORDER, *sorted(texts.keys() - {"Json", *ORDER})]:
        samples = []
        for text in sorted(texts[kind], key=lambda text: (len(text), text)):
            value = json.loads(text)
            new = features(value, seen)
            if new or not samples:
                samples.append(json.dumps(pruned(value, seen), sort_keys=True))
                seen |= new
        Path(__file__).with_name(f"{kind}.jsonl").write_text("\n".join(samples) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
