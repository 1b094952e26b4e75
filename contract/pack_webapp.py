#!/usr/bin/env python3
"""Packs the web UI of the pinned dagster-webserver into one file, which bin/tidemill maps and serves.

    pack_webapp.py OUT.pack

Run by the build (libs/webserver/CMakeLists.txt) with the Python of the contract's environment. The format is described
in libs/webserver/README.md.
"""

import gzip
import hashlib
import importlib.util
import json
import pathlib
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "application/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
# Templates: the server fills them in, so it needs them as they are.
PLAIN = {"/index.html", "/csp-header.txt"}


def main(out: str) -> None:
    package = importlib.util.find_spec("dagster_webserver")
    if package is None:
        sys.exit("dagster-webserver is not installed: run `make setup`")
    root = pathlib.Path(package.submodule_search_locations[0]) / "webapp" / "build"
    index, blobs, offset = [], [], 0
    for file in sorted(root.rglob("*")):
        if not file.is_file():
            continue
        path = "/" + file.relative_to(root).as_posix()
        content = file.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
        packed = gzip.compress(content, 9, mtime=0)
        zipped = path not in PLAIN and len(packed) < 0.9 * len(content)
        blob = packed if zipped else content
        content_type = TYPES.get(file.suffix, "application/octet-stream")
        index.append([path, content_type, etag, zipped, offset, len(blob)])
        blobs.append(blob)
        offset += len(blob)
    if not PLAIN <= {entry[0] for entry in index}:
        sys.exit(f"{root} is not the web UI that this version knows: {', '.join(sorted(PLAIN))} are expected")
    text = json.dumps(index).encode()
    pathlib.Path(out).write_bytes(b"tidemill-webapp 1 %d\n" % len(text) + text + b"".join(blobs))


main(sys.argv[1])
