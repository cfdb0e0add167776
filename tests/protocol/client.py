#!/usr/bin/env python3
"""A second client of the sync protocol, written from docs/sync-protocol.md alone.

It shares no code with the Rust device, so that a word missing on that page is seen here. Standard library, the
Ed25519 of verify_card.py, and the program zstd. The numbers in brackets are the sections of the page.

    client.py QR_TEXT CARD_FILE     enrols; prints {"digits"}; goes on when a line comes in on standard input;
                                    records and signs off a walk-up job; last line: {"receipt", "bodies", "blobs"}

Every promise of the page is checked on the way, also what must be refused. Exit 0 only if all hold.
"""
import hashlib, hmac, http.client, json, os, re, secrets, ssl, subprocess, sys, time, uuid
from urllib.parse import urlsplit

from verify_card import BASE, L, P, b64, ed25519, sha, times, unb64

MEDIA_TYPE, UNIT = "application/vnd.fieldcard.v1+ndjson", 16384


def need(held, why):
    if not held:
        raise SystemExit(f"not as the page says: {why}")


# --- Ed25519, RFC 8032 § 5.1.6: signing. Slow and not constant in time: for a test key only -----------
def packed(p):
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


class Key:
    def __init__(self):
        digest = hashlib.sha512(secrets.token_bytes(32)).digest()
        self.scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
        self.prefix, self.public = digest[32:], packed(times(self.scalar, BASE))

    def sign(self, message):
        number = lambda *parts: int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L
        r = number(self.prefix, message)
        head = packed(times(r, BASE))
        s = (r + number(head, self.public, message) * self.scalar) % L
        return head + s.to_bytes(32, "little")


# --- transport (2) -----------------------------------------------------------------------------------
def der(raw):
    """The members of a DER sequence: (tag, content, whole)."""
    at = 0
    while at < len(raw):
        size, head = raw[at + 1], 2
        if size & 0x80:
            head = 2 + (size & 0x7F)
            size = int.from_bytes(raw[at + 2 : at + head], "big")
        yield raw[at], raw[at + head : at + head + size], raw[at : at + head + size]
        at += head + size


def oid(leaf):
    body = [leaf & 0x7F]
    while leaf := leaf >> 7:
        body.insert(0, leaf & 0x7F | 0x80)
    return bytes([2 * 40 + 25, *body])


def vouched(certificate, org_key):
    """TLS key digest of a certificate that the org key vouches for."""
    tbs = [*der(next(der(next(der(certificate))[1]))[1])]
    spki = next(whole for tag, content, whole in tbs[5:] if tag == 0x30 and 0x03 in [t for t, _, _ in der(content)])
    extensions = [[*der(content)] for _, content, _ in der(next(der(tbs[-1][1]))[1])]
    found = [ext[-1][1] for ext in extensions if ext[0][1] == oid(2267557129755967297)]
    need(len(found) == 1 and found[0][:2] == b"\x04\x40", "the extension")
    need(ed25519(org_key, b"fieldcard tls key v1\0" + spki, found[0][2:]), "the org key vouches for the TLS key")
    return sha(spki)


def zstd(raw, *flags):
    return subprocess.run(["zstd", "-q", "-c", *flags], input=raw, stdout=subprocess.PIPE, check=True).stdout


class Refused(Exception):
    def __init__(self, status, body):
        self.status, self.code = status, json.loads(body)["code"]


class Server:
    def __init__(self, url, org_key):
        self.at, self.org_key, self.token, self.tls_key = urlsplit(url), org_key, None, None
        self.trust = ssl.create_default_context()
        self.trust.check_hostname, self.trust.verify_mode = False, ssl.CERT_NONE  # the extension decides
        self.trust.minimum_version = ssl.TLSVersion.TLSv1_3

    def call(self, method, path, body=b"", kind=MEDIA_TYPE, **headers):
        line = http.client.HTTPSConnection(self.at.hostname, self.at.port, timeout=30, context=self.trust)
        line.connect()
        self.tls_key = vouched(line.sock.getpeercert(binary_form=True), self.org_key)
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        line.request(method, path, body, {"Content-Type": kind, **headers})
        answer = line.getresponse()
        raw = answer.read()
        line.close()
        if answer.status >= 400:
            raise Refused(answer.status, raw)
        return raw

    def lines(self, method, path, *lines):
        body = zstd(b"".join(line + b"\n" for line in lines)) if lines else b""
        return zstd(self.call(method, path, body), "-d").removesuffix(b"\n").split(b"\n")

    def one(self, method, path, message=None):
        lines = [json.dumps(message).encode()] if message is not None else []
        (line,) = self.lines(method, path, *lines)
        return json.loads(line)


def refused(code, call):
    try:
        call()
    except Refused as refusal:
        return need(refusal.code == code, f"{refusal.code} instead of {code}")
    need(False, f"not refused: {code}")


# --- enrolment (4) and token (5) -----------------------------------------------------------------------
def enrol(server, code):
    name, secret = code[:4].encode(), code[4:].encode()
    shared = hashlib.sha256(b"fieldcard enrol v1\0" + name + b"\0" + secret).digest()
    mac = lambda *parts: b64(hmac.new(shared, b"".join(len(p).to_bytes(8, "big") + p for p in parts), "sha256").digest())
    key, device = Key(), uuid.uuid4()
    server.call("GET", "/healthz")  # shows the TLS key
    ask = {"code": code[:4], "device": str(device), "device_key": b64(key.public), "label": "client.py", "app": "py 1",
           "nonce": b64(secrets.token_bytes(16)), "tls_key": server.tls_key}
    told = [ask[name].encode() for name in ("device_key", "label", "app", "nonce")]
    ask["mac"] = mac(b"fieldcard enrol request v1", name, device.bytes, *told, bytes.fromhex(ask["tls_key"]))
    bent = {**ask, "label": "somebody else"}
    refused("code_wrong", lambda: server.one("POST", "/v1/enrol", bent))
    answer = server.one("POST", "/v1/enrol", ask)
    need(answer == server.one("POST", "/v1/enrol", ask), "the same request again gets the same answer")
    told = [answer[name].encode() for name in ("org_name", "org_key", "user_name")]
    seal = mac(b"fieldcard enrol answer v1", ask["mac"].encode(), uuid.UUID(answer["org"]).bytes, told[0], told[1],
               uuid.UUID(answer["user"]).bytes, told[2], " ".join(answer["tag_prefixes"]).encode(),
               bytes.fromhex(answer["tls_key"]))
    need(seal == answer["mac"] and answer["tls_key"] == server.tls_key, "the server knows the code")
    need(answer["org_key"] == b64(server.org_key), "the org key of the QR")
    text = b"fieldcard fingerprint v1\0" + told[1] + b"\0" + device.bytes + ask["device_key"].encode()
    digits = int.from_bytes(hashlib.sha256(text).digest()[:8], "big") % 1_000_000
    return key, device, answer["user"], f"{digits:06}"


def sign_in(server, key, device):
    nonce = server.one("POST", "/v1/nonce", {"device": str(device)})["nonce"]
    sig = b64(key.sign(b"fieldcard token v1\0" + device.bytes + nonce.encode()))
    server.token = server.one("POST", "/v1/token", {"device": str(device), "nonce": nonce, "sig": sig})["token"]


# --- ops and the chain (6, 7) ----------------------------------------------------------------------------
class Chain:
    def __init__(self, server, key, device, user):
        self.server, self.key, self.device, self.user = server, key, device, user
        self.incarnation, self.bodies, self.links = secrets.token_bytes(8), [], [bytes(32)]
        self.cursors, self.mark, self.epoch, self.records = {}, None, None, {}

    def op(self, kind, rec, job, fields, act="create", **more):
        now = int(time.time() * 1000)
        op = {"v": 1, "op_id": str(uuid.uuid4()), "user": self.user, "device": str(self.device), "kind": kind, "rec": rec,
              **({"job": job} if job else {}), "act": act, "set": fields, **more,
              "t": [now, time.monotonic_ns() // 10**6, 1], "tz": "+08:00", "app": "py 1"}
        body = json.dumps(op, ensure_ascii=False, separators=(",", ":")).encode()
        self.bodies.append(body)
        seq = len(self.bodies).to_bytes(8, "big")
        self.links.append(hashlib.sha256(self.links[-1] + self.incarnation + seq + hashlib.sha256(body).digest()).digest())
        return rec

    def exchange(self, first=None, bend=None):
        """Pushes from op `first` on, and pulls; `bend` spoils the push."""
        head = {"proto": 1, "incarnation": self.incarnation.hex(), "cursors": self.cursors, "budget": 1 << 18,
                **({"epoch": self.epoch, "mark": self.mark} if self.epoch else {})}
        bodies = self.bodies[first - 1 :] if first else []
        if bodies:
            sig = self.key.sign(b"fieldcard push v1\0" + self.device.bytes + self.links[-1])
            head["push"] = {"from_seq": first, "prev": self.links[first - 1].hex(), "sig": b64(sig), **(bend or {})}
        answer, *pages = map(json.loads, self.server.lines("POST", "/v1/sync", json.dumps(head).encode(), *bodies))
        self.epoch, self.mark = answer["epoch"], answer["mark"]
        for page in pages:
            self.take(page)
        if bodies and not answer.get("refused"):
            need(answer["outcomes"]["from"] == first and answer["outcomes"]["link"] == self.links[-1].hex(), "the proof")
            need(sum(len(run["pos"]) for run in answer["outcomes"]["runs"]) == len(bodies), "an outcome an op")
        return answer

    def pull(self):
        while self.exchange().get("more"):
            pass

    def take(self, page):  # (8)
        for table in page.get("put", []):
            for at, rec in enumerate(table["rec"]):
                row = {field: values[at] for field, values in table.get("all", {}).items()}
                row |= {f: v[rows.index(at)] for f, (rows, v) in table.get("some", {}).items() if at in rows}
                self.records[rec] = {"kind": table["kind"], **row}
        for rec in [rec for rec, _ in page.get("void", [])] + page.get("leave", []):
            self.records.pop(rec, None)
        self.cursors[str(page["aud"])] = page["cursor"]


# --- blobs (9) -------------------------------------------------------------------------------------------
def upload(server, raw):
    name = sha(raw)
    units = range(0, -(-len(raw) // UNIT))
    def put(unit, run, digest):
        path = f"/v1/blobs/{name}?size={len(raw)}&unit={unit}&digest={digest}"
        return json.loads(zstd(server.call("PUT", path, run, "image/jpeg"), "-d"))

    refused("bad_digest", lambda: put(0, raw[:UNIT], "0" * 64))
    for unit in reversed(units):  # the last first
        run = raw[unit * UNIT : (unit + 1) * UNIT]
        state = put(unit, run, sha(run))
        need(put(unit, run, sha(run)) == state, "a run may come again")
        if unit:
            have = bytes.fromhex(state["have"])
            held = [u for u in units if have[u // 8] >> u % 8 & 1]
            need(not state["stored"] and held == [*units][unit:], "the bitmap")
    state = server.one("POST", f"/v1/blobs/{name}/complete")
    need(state["sha256"] == name and state["stored"] and state["size"] == len(raw), "stored")
    need(server.one("GET", f"/v1/blobs/{name}/state") == state, "the state")
    return name


# --- receipt (11) ------------------------------------------------------------------------------------------
def check_receipt(server, receipt, bodies, blobs):
    header = b64(json.dumps({"alg": "EdDSA", "b64": False, "crit": ["b64"],
                             "kid": b64(hashlib.sha256(server.org_key).digest())}, separators=(",", ":")).encode())
    start, sig = receipt["sig"].split("..")
    need(start == header, "the header of the signature")
    need(ed25519(server.org_key, f"{header}.{receipt['record']}".encode(), unb64(sig, 64)), "the office signed it")
    held = sorted({hashlib.sha256(body).digest() for body in bodies} | {bytes.fromhex(blob) for blob in blobs})
    digest = hashlib.sha256(b"".join(held)).hexdigest()
    need(json.loads(receipt["record"])["digest"] == digest == receipt["digest"], "it covers what was sent")
    bits = int(digest[:10], 16)
    code = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[bits >> 35 - 5 * i & 31] for i in range(8))
    need(receipt["code"] == f"{code[:4]}-{code[4:]}", "the code")


def main(qr, card):
    o, c, u = re.fullmatch(r"fieldcard://enrol\?o=(.*?)&c=(.*?)&u=(.*)", qr).groups()
    server = Server(u, unb64(o, 32))
    key, device, user, digits = enrol(server, c)
    refused("unconfirmed", lambda: sign_in(server, key, device))
    print(json.dumps({"digits": digits}), flush=True)
    sys.stdin.readline()
    sign_in(server, key, device)
    chain = Chain(server, key, device, user)
    chain.pull()

    new = lambda: str(uuid.uuid4())
    now = int(time.time() * 1000)
    photo, sealed = os.urandom(5 * UNIT + 7), open(card, "rb").read()
    job = chain.op("job", new(), None, {"type": "repair", "report": "热车后动臂无力", "machine_serial": "HCE215·22C·00417"})
    visit = chain.op("visit", new(), job, {"number": 1, "place": "field", "lead": user})
    for minute, step in enumerate(["departed", "arrived", "working", "left"]):
        chain.op("step", new(), job, {"subject": visit, "of": "visit", "step": step, "at": now + minute * 60_000})
    note = chain.op("note", new(), job, {"text": "主泵调节器卡滞"})
    chain.op("photo", new(), job, {"sha256": sha(photo), "size": len(photo), "media_type": "image/jpeg", "phase": "fault"})
    need(chain.exchange(1, {"sig": b64(bytes(64))})["refused"] == "bad_signature", "a wrong signature")
    need(chain.exchange(2)["refused"] == "gap", "a gap")
    first = chain.exchange(1)
    need([run["as"] for run in first["outcomes"]["runs"]] == ["applied"], "all applied")
    need(chain.exchange(1)["outcomes"] == first["outcomes"], "sending again gives the same outcomes")

    chain.op("card", new(), job, {"visit": visit, "card_kind": "final", "how": "signed", "sha256": sha(sealed)})
    chain.op("note", note, job, {"text": "油温 92 °C"}, act="set")  # a note is evidence: never set
    chain.op("kind_of_next_year", new(), job, {"colour": {"of": ["red", None]}})
    runs = chain.exchange(len(chain.bodies) - 2)["outcomes"]["runs"]
    ended = [(run["as"], run.get("why")) for run in runs]
    need(ended == [("applied", None), ("parked", "invalid"), ("applied", None)], f"outcomes: {ended}")

    of_kind = lambda kind: [row for row in chain.records.values() if row["kind"] == kind]
    chain.pull()
    need(not of_kind("receipt"), "no receipt before the blobs")
    blobs = [upload(server, raw) for raw in (photo, sealed)]
    need(server.call("GET", f"/v1/blobs/{blobs[0]}", Range=f"bytes={UNIT}-{UNIT + 9}") == photo[UNIT : UNIT + 10], "a range")
    chain.pull()
    (receipt,) = of_kind("receipt")
    check_receipt(server, receipt, chain.bodies, blobs)
    need(chain.records[job]["report"] == "热车后动臂无力" and of_kind("kind_of_next_year"), "the pull brings it all back")

    copy = Chain(server, key, device, user)  # a store that was copied: same incarnation, another history
    copy.incarnation = chain.incarnation
    copy.op("note", new(), job, {"text": "另一条历史"})
    need(copy.exchange(1)["refused"] == "fork", "a fork")
    print(json.dumps({"receipt": receipt["code"], "bodies": [sha(body) for body in chain.bodies], "blobs": blobs}))


if __name__ == "__main__":
    main(*sys.argv[1:])
