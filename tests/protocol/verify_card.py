#!/usr/bin/env python3
"""A second, independent verifier of sealed service cards, as docs/service-card.md says.

Standard library only, Ed25519 from RFC 8032 included. It shares no code with the Rust verifier, so that a
mistake in one is seen by the other. Not built for speed, and not for secrets: it only verifies.

    verify_card.py FILE [card=HASH] [device=KEY] [org=KEY]   exit 0 valid, 1 changed, 2 missing, 3 unreadable
    verify_card.py --vectors FOLDER                          runs FOLDER/../vectors.csv
"""
import base64, csv, hashlib, json, pathlib, re, sys, unicodedata

# --- Ed25519, RFC 8032, verification only; strict: s < L, no point of small order ---------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
IDENTITY = (0, 1, 1, 0)

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, p):
    q = IDENTITY
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q

def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 == (p[1] * q[2] - q[1] * p[2]) % P

def point(raw):
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - xx) % P or (x == 0 and raw[31] >> 7):
        return None
    x = P - x if x & 1 != raw[31] >> 7 else x
    return x, y, 1, x * y % P

BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def ed25519(key, message, signature):
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or same(times(8, a), IDENTITY) or same(times(8, r), IDENTITY):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same(times(s, BASE), add(r, times(k, a)))

# --- strict and canonical JSON -----------------------------------------------------------------------
class Later(Exception):
    """Written by a later version."""

def need(held, why):
    if not held:
        raise ValueError(why)

def unb64(text, size=None):
    need(isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_-]*", text), "not base64url")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(b64(raw) == text and size in (None, len(raw)), "not base64url of that size")
    return raw

def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")

def sha(raw):
    return hashlib.sha256(raw).hexdigest()

def integer(text):
    need(text != "-0" and len(text) < 20 and abs(int(text)) <= 2**53, "integer")
    return int(text)

def pairs(members):
    need(len({key for key, _ in members}) == len(members), "duplicate key")
    return dict(members)

def refuse(text):
    raise ValueError("not an integer: " + text)

def strict(raw):
    value = json.loads(raw.decode("utf-8"), object_pairs_hook=pairs, parse_int=integer, parse_float=refuse,
                       parse_constant=refuse)
    def walk(value, depth):
        if isinstance(value, str):
            value.encode("utf-8")  # refuses lone surrogates
            need(unicodedata.is_normalized("NFC", value), "not NFC")
        elif isinstance(value, (dict, list)):
            need(depth < 16, "too deep")
            for inner in [*value, *value.values()] if isinstance(value, dict) else value:
                walk(inner, depth + 1)
    walk(value, 0)
    return value

def record(raw, shape, rules, limit):
    need(len(raw) <= limit, "too large")
    value = strict(raw)
    if isinstance(value, dict) and type(value.get("v")) is int and value["v"] > 1:
        raise Later(value["v"])
    need(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() == raw, "canonical")
    fits(value, shape)
    need(value["v"] == 1, "version")
    rules(value)
    return value

# --- shapes: a dict has exactly these members, a list any number, a tuple exactly these, a set is a choice
TEXT, INT, UUID, HASH, LIFE = str, (-2**53, 2**53), "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[0-9a-f]{64}", "[0-9a-f]{16}"
COUNT, U32, KEY = (0, 2**53), (0, 2**32 - 1), lambda v: need(point(unb64(v, 32)), "key")

class Null:
    def __init__(self, shape):
        self.shape = shape

def fits(value, shape):
    if isinstance(shape, Null):
        return value is None or fits(value, shape.shape)
    if shape is str:
        return need(isinstance(value, str), "text")
    if isinstance(shape, str):
        return need(isinstance(value, str) and re.fullmatch(shape, value), shape)
    if callable(shape):
        return shape(value)
    if isinstance(shape, set):
        return need(isinstance(value, str) and value in shape, shape)
    if isinstance(shape, tuple) and len(shape) == 2 and all(type(end) is int for end in shape):
        return need(type(value) is int and shape[0] <= value <= shape[1], "number")
    need(type(value) is (dict if isinstance(shape, dict) else list), "type")
    if isinstance(shape, dict):
        need(value.keys() == shape.keys(), f"members {value.keys() ^ shape.keys()}")
        return [fits(value[key], inner) for key, inner in shape.items()]
    inner = shape if isinstance(shape, tuple) else shape * len(value)
    need(len(value) == len(inner), "length")
    return [fits(*pair) for pair in zip(value, inner)]

def place(value):
    need(type(value) is dict and len(value) == 1, "place")
    fits(value, {"none": TEXT} if "none" in value else {"at": {"lat_e7": INT, "lon_e7": INT, "radius_m": U32}})

CLOCK, ROWS, SIGNED = (INT, INT, INT), [(TEXT, TEXT, TEXT)], {"record": TEXT, "seal": TEXT}
LINES, ATTACHMENTS = [{"id": UUID, "rows": ROWS}], [(UUID, HASH, COUNT, TEXT, TEXT)]
CONSENT = {"text": TEXT, "language": TEXT, "time": Null(CLOCK)}
SIGNERS = [{"name": TEXT, "role": TEXT, "authority": {"self", "listed", "presumed"}, "identified": TEXT}]
INK = Null({"pad": (U32, U32), "strokes": TEXT})
BY = {"device": {"id": UUID, "incarnation": LIFE, "app": TEXT}, "technician": {"id": UUID, "name": TEXT}}
TRUST = {"checked", "moved", "unchecked"}
CARD = BY | {
    "v": COUNT, "kind": {"interim", "final"}, "org": {"id": UUID, "name": TEXT}, "card": UUID, "amends": Null(HASH),
    "job": {"id": UUID, "number": Null(TEXT)}, "visit": UUID, "language": TEXT, "zone": TEXT, "content": ROWS,
    "charges": {"rows": ROWS, "agreed": [{"text": TEXT, "language": TEXT, "name": TEXT, "time": CLOCK}]},
    "parts": LINES, "old_parts": LINES, "attachments": ATTACHMENTS, "consent": CONSENT,
    "how": Null({"way": {"signed", "proxy", "refused", "absent"}, "reason": Null(TEXT), "witness": Null(TEXT)}),
    "signers": Null(SIGNERS), "words": Null(TEXT), "satisfaction": Null((0, 255)), "ink": INK, "place": place,
    "times": {"prepared": CLOCK, "signed": Null(CLOCK), "trust": TRUST},
    "chain": {"card_seq": COUNT, "prev": HASH}, "checkpoint": Null(SIGNED)}
ENDORSEMENT = BY | {
    "v": COUNT, "kind": {"countersign", "batch"}, "org": UUID, "id": UUID, "cards": [HASH], "consent": CONSENT,
    "signers": SIGNERS, "ink": INK, "attachments": ATTACHMENTS, "signed": CLOCK, "trust": TRUST}
RECEIPT = {"v": COUNT, "kind": {"receipt"}, "org": UUID, "epoch": TEXT, "job": UUID, "n": COUNT, "digest": HASH, "at": INT}
CHECKPOINT = {"v": COUNT, "kind": {"checkpoint"}, "org": UUID, "size": COUNT, "root": HASH, "at": INT}
DEVICE_KEY = {"v": COUNT, "kind": {"device_key"}, "org": UUID, "device": UUID, "key": KEY, "from": INT, "until": Null(INT)}
SEALED, ANY = {"bytes": TEXT, "seal": TEXT, "key": TEXT}, lambda value: None
BUNDLE = {
    "v": COUNT, "kind": {"bundle"}, "card": SEALED, "amended": Null(SEALED), "endorsements": [SEALED],
    "chain": Null({"from": COUNT, "cards": [SEALED], "head": Null({"card_seq": COUNT, "hash": HASH})}),
    "org_key": Null(TEXT), "device_keys": [SIGNED], "receipt": Null({"signed": SIGNED, "held": Null([HASH])}),
    "checkpoint": ANY, "inclusion": ANY, "rfc3161": ANY, "attachments": [{"sha256": HASH, "bytes": TEXT}]}

# --- what the members of a record must say together --------------------------------------------------
def ink_rule(ink):
    if ink is None:
        return
    need(all(ink["pad"]), "pad")
    raw, at, left, here = unb64(ink["strokes"]), 0, 20_000, [0, 0, 0]
    def number():
        nonlocal at
        value = 0
        for shift in range(0, 28, 7):
            need(at < len(raw), "ink ends")
            byte, at = raw[at], at + 1
            value |= (byte & 127) << shift
            need(byte or not shift, "not shortest")
            if byte < 128:
                return value
        raise ValueError("long number")
    strokes = number()
    need(1 <= strokes <= 512, "strokes")
    for _ in range(strokes):
        points = number()
        need(1 <= points <= left, "points")
        left -= points
        for _ in range(points):
            dx, dy, dt = number(), number(), number()
            here = [here[0] + (dx >> 1 ^ -(dx & 1)), here[1] + (dy >> 1 ^ -(dy & 1)), here[2] + dt]
            need(max(abs(here[0]), abs(here[1])) <= 100_000 and here[2] <= 3_600_000, "out of bounds")
    need(at == len(raw), "ink left over")

def ordered(earlier, later):
    need(earlier[2] != later[2] or earlier[1] <= later[1], "order of times")

def parts_rule(value):
    need(all(signer["name"] for signer in value["signers"]), "signer without a name")
    ids = [attachment[0] for attachment in value["attachments"]]
    need(len(set(ids)) == len(ids), "attachment twice")
    ink_rule(value["ink"])

def card_rule(card):
    prepared, signed, given = card["times"]["prepared"], card["times"]["signed"], card["consent"]["time"]
    need(card["how"] and card["signers"] is not None and signed, "not signed off")
    first = card["chain"]["prev"] == "0" * 64
    need(card["chain"]["card_seq"] > 0 and (card["chain"]["card_seq"] == 1) == first, "chain")
    need(all([card["org"]["name"], card["language"], card["zone"], card["device"]["app"], card["technician"]["name"],
              card["consent"]["text"], card["content"]]), "empty")
    lines = [line["rows"] for line in card["parts"] + card["old_parts"]]
    need(all(row[0] for rows in [card["content"], card["charges"]["rows"], *lines] for row in rows), "row")
    at = card["place"].get("at")
    need(card["place"].get("none") != "" and (not at or abs(at["lat_e7"]) <= 9 * 10**8 and abs(at["lon_e7"]) <= 18 * 10**8), "place")
    need(card["satisfaction"] in (None, 1, 2, 3, 4, 5), "satisfaction")
    for agreed in card["charges"]["agreed"]:
        ordered(agreed["time"], prepared)
    ordered(prepared, signed)
    signs = card["how"]["way"] in ("signed", "proxy")
    need(signs == bool(card["signers"]) == bool(given), "who signs gives consent")
    need(signs or (card["how"]["reason"] and card["ink"] is None), "who does not sign has a reason")
    need(card["how"]["way"] != "proxy" or all(one["authority"] != "self" for one in card["signers"]), "proxy")
    if given:
        ordered(prepared, given)
        ordered(given, signed)
    parts_rule(card)

def endorsement_rule(value):
    cards, signers = value["cards"], value["signers"]
    need(cards and cards == sorted(set(cards)), "cards")
    need(value["kind"] != "batch" or len(cards) > 1 and signers, "batch")
    need(signers or value["attachments"] and value["ink"] is None, "neither signature nor stamp")
    need(bool(signers) == bool(value["consent"]["time"]), "consent")
    parts_rule(value)

# --- seals -------------------------------------------------------------------------------------------
def check_seal(key, raw, seal):
    kid = b64(hashlib.sha256(key).digest())
    header = b64(b'{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"%s"}' % kid.encode())
    need(seal.startswith(header + ".."), "header")
    need(ed25519(key, header.encode() + b"." + raw, unb64(seal[len(header) + 2:], 64)), "signature")

def read(sealed, shape, rules, limit):
    raw = unb64(sealed["bytes"])
    check_seal(unb64(sealed["key"], 32), raw, sealed["seal"])
    return sha(raw), record(raw, shape, rules, limit)

def read_card(sealed):
    return read(sealed, CARD, card_rule, 2**20)

def statement(signed, shape, key, org):
    check_seal(key, signed["record"].encode(), signed["seal"])
    value = record(signed["record"].encode(), shape, lambda value: None, 4096)
    need(value["org"] == org, "another org")
    return value

# --- the judgement -----------------------------------------------------------------------------------
class Judge:
    def __init__(self, bundle, pins, folder):
        self.bundle, self.pins, self.folder = bundle, pins, folder
        self.failed, self.missing = [], []
        self.org_key, self.words, self.held, self.held_at = None, [], [], None

    def trial(self, code, check, *arguments):
        try:
            return check(*arguments)
        except (ValueError, Later):
            self.failed.append(code)

    def run(self):
        sealed, card, sound = self.bundle["card"], None, False
        raw = self.trial("card", unb64, sealed["bytes"])
        if raw is not None:
            before = len(self.failed)
            self.trial("seal", lambda: check_seal(unb64(sealed["key"], 32), raw, sealed["seal"]))
            sound = len(self.failed) == before
            try:
                card = record(raw, CARD, card_rule, 2**20)
            except Later:
                if sound:
                    raise
                self.failed.append("card")
            except ValueError:
                self.failed.append("card")
        own = raw is not None and sha(raw)
        if "card" in self.pins and own != self.pins["card"]:
            self.failed.append("pin")
        if "device" in self.pins and self.fingerprint(sealed["key"]) != self.pins["device"]:
            self.failed.append("pin")
        self.office_key()
        if card:
            self.judge_card(card, own)
        return "changed" if self.failed else "missing" if self.missing else "valid"

    def fingerprint(self, text):
        try:
            KEY(text)
            return b64(hashlib.sha256(unb64(text)).digest())
        except ValueError:
            return None

    def office_key(self):
        text, pin = self.bundle["org_key"], self.pins.get("org")
        if text is None:
            if pin or self.bundle["receipt"] or self.bundle["device_keys"]:
                self.missing.append("org_key")
        elif not self.fingerprint(text) or pin not in (None, self.fingerprint(text)):
            self.failed.append("org_key")
        else:
            self.org_key = unb64(text)

    def judge_card(self, card, own):
        org, not_before = card["org"]["id"], None
        if self.org_key:
            for word in self.bundle["device_keys"]:
                self.words.append(self.trial("device_key", statement, word, DEVICE_KEY, self.org_key, org))
            if card["checkpoint"]:
                seen = self.trial("checkpoint", statement, card["checkpoint"], CHECKPOINT, self.org_key, org)
                not_before = seen and seen["at"]
            if self.bundle["receipt"]:
                self.trial("receipt", self.receipt, card, own, org)
        self.vouch(self.bundle["card"]["key"], card["device"]["id"], own)
        if not_before is not None and self.held_at is not None and not_before > self.held_at:
            self.failed.append("time")
        self.amended(card)
        if self.bundle["chain"]:
            self.chain(self.bundle["chain"], card, own)
        records = [card]
        for sealed in self.bundle["endorsements"]:
            found = self.trial("endorsement", read, sealed, ENDORSEMENT, endorsement_rule, 2**18)
            if found and (found[1]["org"] != org or own not in found[1]["cards"]):
                self.failed.append("endorsement")
            elif found:
                self.vouch(sealed["key"], found[1]["device"]["id"], found[0])
                records.append(found[1])
        self.attachments([named for value in records for named in value["attachments"]])

    def receipt(self, card, own, org):
        slot = self.bundle["receipt"]
        receipt = statement(slot["signed"], RECEIPT, self.org_key, org)
        need(receipt["job"] == card["job"]["id"], "another job")
        if slot["held"] is not None:
            over = b"".join(bytes.fromhex(one) for one in sorted(set(slot["held"])))
            need(sha(over) == receipt["digest"] and own in slot["held"], "not covered")
            self.held, self.held_at = slot["held"], receipt["at"]

    def vouch(self, key, device, own):
        if not self.bundle["device_keys"]:
            if "org" in self.pins or key != self.bundle["card"]["key"]:
                self.missing.append("device_key")
        elif self.org_key:
            words = [word for word in self.words if word and (word["device"], word["key"]) == (device, key)]
            ends = [word["until"] for word in words if word["until"] is not None]
            at = self.held_at if own in self.held else None
            if not words or at is not None and at < min(word["from"] for word in words):
                self.failed.append("device_key")
            elif ends and (at is None or at > min(ends)):
                self.failed.append("device_key")

    def amended(self, card):
        named, sealed = card["amends"], self.bundle["amended"]
        if named and not sealed:
            self.missing.append("amended")
        elif sealed:
            found = self.trial("amended", read_card, sealed)
            if found and (found[0] != named or any(found[1][key]["id"] != card[key]["id"] for key in ("org", "job"))):
                self.failed.append("amended")

    def chain(self, slot, card, own):
        there = []
        for sealed in slot["cards"]:
            found = self.trial("chain", read_card, sealed)
            if found and found[1]["device"]["id"] != card["device"]["id"]:
                self.failed.append("chain")
            elif found:
                there.append((found[1]["chain"]["card_seq"], found[0], found[1]))
                if sealed["key"] != self.bundle["card"]["key"]:
                    self.vouch(sealed["key"], found[1]["device"]["id"], found[0])
        seqs, by_hash = [seq for seq, _, _ in there], {hash: other for _, hash, other in there}
        head = slot["head"] or {"card_seq": 0, "hash": None}
        wrong = own not in by_hash or seqs != sorted(seqs) or len(set(seqs)) != len(by_hash)
        wrong |= bool(seqs) and min(seqs) < slot["from"]
        wrong |= head["card_seq"] in seqs and (head["card_seq"], head["hash"]) not in [one[:2] for one in there]
        for seq, _, other in there:
            before, signed = by_hash.get(other["chain"]["prev"]), other["times"]["signed"]
            if seq - 1 in seqs and (not before or before["chain"]["card_seq"] != seq - 1):
                wrong = True
            elif before and before["times"]["signed"][2] == signed[2] and before["times"]["signed"][1] > signed[1]:
                wrong = True
        if wrong:
            self.failed.append("chain")
        last = max([head["card_seq"], *seqs])
        if len([seq for seq in set(seqs) if seq >= slot["from"]]) < last - slot["from"] + 1:
            self.missing.append("chain")

    def attachments(self, named):
        inside = {}
        for inline in self.bundle["attachments"]:
            raw = self.trial("attachment", unb64, inline["bytes"])
            inside[inline["sha256"]] = raw
            if raw is None or sha(raw) != inline["sha256"] or inline["sha256"] not in [one[1] for one in named]:
                self.failed.append("attachment")
        for _, hash, size, _, _ in named:
            beside = self.folder / hash
            raw = inside.get(hash) if hash in inside else beside.read_bytes() if beside.exists() else None
            if raw is None:
                self.missing.append("attachment")
            elif len(raw) != size or sha(raw) != hash:
                self.failed.append("attachment")

def judge(path, pins):
    """The verdict on a file, and the codes of the checks that led to it."""
    try:
        need(path.stat().st_size <= 64 * 2**20, "too large")
        bundle = strict(path.read_bytes())
        fits(bundle, BUNDLE)
        need(bundle["v"] == 1, "version")
        case = Judge(bundle, pins, path.parent)
        verdict = case.run()
        return verdict, case.failed or case.missing
    except (ValueError, Later):
        return "unreadable", []

def main(arguments):
    if arguments[:1] != ["--vectors"]:
        verdict, why = judge(pathlib.Path(arguments[0]), dict(pin.split("=", 1) for pin in arguments[1:]))
        print(verdict, *sorted(set(why)))
        return ["valid", "changed", "missing", "unreadable"].index(verdict)
    folder, wrong = pathlib.Path(arguments[1]), 0
    rows = list(csv.DictReader((folder.parent / "vectors.csv").open(encoding="utf-8")))
    for row in rows:
        pins = dict(pin.split("=", 1) for pin in row["pins"].split())
        verdict, why = judge(folder / (row["name"] + ".fieldcard"), pins)
        if verdict != row["verdict"] or (row["why"] or None) not in (why or [None]):
            wrong += 1
            print(f"{row['name']}: {verdict} {why}, not {row['verdict']} {row['why']}")
    print(f"{len(rows)} vectors, {wrong} wrong")
    return 1 if wrong else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
