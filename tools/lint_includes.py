#!/usr/bin/env python3
"""Holds the module directions of docs/architecture/README.md: who may include whom.

Reads every source under libs/ and fails on an include of a module that the including one may not use, and on a
storage backend named outside of the one module that opens instances.
"""

import pathlib
import re
import sys

# module: the modules whose public headers it may include, with what those may include in turn.
DIRECT = {
    "base": [],
    "graphql": ["base"],
    "http": ["base"],
    "model": ["base"],
    "serdes": ["model"],
    "config": ["serdes"],
    "contract": ["config"],
    "assets": ["model"],
    "plan": ["assets", "serdes"],
    "storage": ["assets", "serdes"],
    "storage_sqlite": ["storage"],
    "instance": ["storage_sqlite"],
    "engine": ["plan", "storage", "config"],
    "dagster_api": [],
    "location_server": ["engine", "dagster_api"],
    "locations": ["serdes", "dagster_api"],
    "workspace": ["assets", "locations"],
    "launch": ["engine", "instance", "workspace"],
    "daemon": ["launch"],
    "sdk": ["engine", "contract", "instance", "location_server"],
    "api": ["graphql", "launch", "contract"],
    "webserver": ["api", "http"],
    "cli": ["daemon", "webserver"],
}
# Backends may be named only by the module that opens an instance, and by themselves.
BACKENDS = {"storage_sqlite": {"storage_sqlite", "instance"}}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]tidemill/([a-z_]+)/[^>"]+[>"]', re.M)


def closure(module):
    seen, todo = set(), [module]
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo += DIRECT[current]
    return seen


def problems(root):
    for path in sorted([*root.glob("libs/**/*.h"), *root.glob("libs/**/*.cc")]):
        relative = path.relative_to(root)
        module = relative.parts[1]
        if module not in DIRECT:
            yield f"{relative}: module {module} is not in tools/lint_includes.py; add it with what it may include"
            continue
        for_tests = relative.parts[2] == "testing" or path.stem.endswith(("_test", "_bench", "_fuzz"))
        text = path.read_text()
        for match in INCLUDE.finditer(text):
            target = match.group(1)
            line = text[: match.start(1)].count("\n") + 1
            if not (root / "libs" / target).is_dir():
                yield f"{relative}:{line}: no module {target}"
            elif not for_tests and target not in closure(module):
                yield f"{relative}:{line}: {module} may not include {target}"
            elif not for_tests and module not in BACKENDS.get(target, {module}):
                yield f"{relative}:{line}: only {', '.join(sorted(BACKENDS[target]))} may name the backend {target}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    found = list(problems(root))
    for problem in found:
        print(problem)
    print(f"include directions: {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
