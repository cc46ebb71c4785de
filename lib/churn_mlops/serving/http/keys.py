"""Who may ask: keys by their hashes, compared in constant time; without any, this machine alone."""

import base64
import binascii
import hashlib
import hmac
import os
import re

from churn_mlops.errors import ConfigError

VARIABLE = "CHURN_API_KEYS"
LEAST = 16  # letters of a key
LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}
_HASHED = re.compile(r"sha256:([0-9a-f]{64})")


def read_keys(environment=os.environ) -> tuple[bytes, ...]:
    """The hashes of the keys in CHURN_API_KEYS, which are parted by commas; none where it is not set.

    An entry is a key of at least 16 letters, or `sha256:` and the 64 hexadecimal digits of its hash. Raises
    ConfigError, which does not show the key, for any other.
    """
    given = environment.get(VARIABLE)
    if given is None:
        return ()
    entries = [entry.strip() for entry in given.split(",")]
    return tuple(_hash_of(entry, place) for place, entry in enumerate(entries, 1))


def _hash_of(entry: str, place: int) -> bytes:
    if found := _HASHED.fullmatch(entry):
        return bytes.fromhex(found[1])
    if len(entry) < LEAST or entry.startswith("sha256:") or not entry.isascii() or not entry.isprintable():
        raise ConfigError(
            f"{VARIABLE}: entry {place} is no key: expected {LEAST} or more letters and digits, or `sha256:` and 64 "
            f"hexadecimal digits. Cure: openssl rand -hex 32, or unset {VARIABLE} to serve this machine alone."
        )
    return hash_key(entry.encode())


def hash_key(key: bytes) -> bytes:
    """SHA-256 of a key. Keys are long and drawn by chance, so that no slow hash is needed."""
    return hashlib.sha256(key).digest()


def is_known(key: bytes, hashes: tuple[bytes, ...]) -> bool:
    """Whether this is one of the keys; takes as long whichever it is, and whether or not."""
    given, known = hash_key(key), False
    for one in hashes:
        known |= hmac.compare_digest(given, one)
    return known


def key_of(headers: dict[bytes, bytes]) -> bytes | None:
    """The key in a request: `Authorization: Bearer KEY`, `X-API-Key: KEY`, or, as browsers ask, Basic's password."""
    if (key := headers.get(b"x-api-key")) is not None:
        return key
    kind, _, rest = headers.get(b"authorization", b"").partition(b" ")
    if kind.lower() == b"bearer":
        return rest.strip()
    if kind.lower() == b"basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
        except binascii.Error:
            return None
    return None


def check_host(host: str, keys: tuple[bytes, ...]) -> None:
    """Raise ConfigError where a server without keys would be reached from elsewhere."""
    if not keys and host not in LOOPBACK:
        raise ConfigError(
            f"--host {host}: without keys the service is for this machine alone. Cure: set {VARIABLE} "
            "(openssl rand -hex 32 makes one), or leave --host out, which is 127.0.0.1."
        )
