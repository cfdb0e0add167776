"""Hooks of the request generator: frames for the protocol's media type, ids that exist, and a count kept outside.

Never decides what a good answer is; the server must only not break. Read main.rs next.
"""

import json
import os
import random
import struct
import threading

import schemathesis

KNOWN = json.loads(os.environ["REQUESTS_KNOWN"])
COUNT = os.environ["REQUESTS_COUNT"]
BLOCK = 128 * 1024

lock = threading.Lock()
chance = random.Random(int(os.environ.get("REQUESTS_SEED", "1")))
counts: dict[str, int] = {}
broken: list[dict] = []


def frame(raw: bytes) -> bytes:
    """A zstd frame whose blocks are not compressed: every reader takes it, and no library is needed."""
    out = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(raw))
    blocks = [raw[at:at + BLOCK] for at in range(0, len(raw), BLOCK)] or [b""]
    for at, block in enumerate(blocks):
        last = at + 1 == len(blocks)
        out += struct.pack("<I", len(block) << 3 | last)[:3] + block
    return out


@schemathesis.serializer("application/vnd.fieldcard.v1+ndjson")
def lines(_context, value):
    each = value if isinstance(value, list) else [value]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in each)
    raw = text.encode("utf-8", "surrogatepass")
    # Now and then without its frame.
    return raw if chance.random() < 0.05 else frame(raw)


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """Half of the ids in paths are of things that exist: what lies behind the first look-up is tried, too."""
    for name in list(case.path_parameters or {}):
        if KNOWN.get(name) and chance.random() < 0.5:
            case.path_parameters[name] = chance.choice(KNOWN[name])


@schemathesis.hook
def after_call(_context, case, response):
    with lock:
        status = response.status_code
        counts[str(status)] = counts.get(str(status), 0) + 1
        if status >= 500:
            broken.append({"status": status, "call": f"{case.method} {case.formatted_path}", "said": response.text[:300]})
        if sum(counts.values()) % 200 == 0 or status >= 500:
            write()


def write():
    with open(COUNT + ".new", "w", encoding="utf-8") as file:
        json.dump({"counts": counts, "broken": broken}, file)
    os.replace(COUNT + ".new", COUNT)
