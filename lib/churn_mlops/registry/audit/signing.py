"""Ed25519 signatures of records: with CHURN_SIGNING_KEY each record is signed by who writes it.

The variable holds a private key in PEM, or the path of a file that does; it is read here and written nowhere. The
package `cryptography` is loaded only then.
"""

import base64
import os
import re
from functools import cache
from pathlib import Path

from churn_mlops.errors import ConfigError
from churn_mlops.registry.audit.record import Record, plain, signed_part

VARIABLE = "CHURN_SIGNING_KEY"
_KEY = re.compile(r"[A-Za-z0-9+/]{43}=")
_LARGEST = 1 << 16  # bytes of a file with a key


def sign(said: dict) -> dict:
    """What a record says, with the public key and its signature where there is a key to sign with."""
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return said
    said = said | {"key": own_key()}
    return said | {"signature": signature_of(plain(said))}


def signature_of(content: bytes) -> str:
    """Ed25519 of some bytes by CHURN_SIGNING_KEY, base64; `own_key` must have said that there is one."""
    return base64.b64encode(_private_key(os.environ[VARIABLE].strip()).sign(content)).decode()


def own_key() -> str | None:
    """The public key of CHURN_SIGNING_KEY, base64; None without one. Raises ConfigError for a wrong one."""
    text = os.environ.get(VARIABLE, "").strip()
    return _public_text(_private_key(text)) if text else None


def is_signed_rightly(record: Record) -> bool:
    """Whether the signature is by the key that the record names, and of this record."""
    return is_signature(record.key, record.signature, signed_part(record))


def is_signature(key: str | None, signature: str | None, content: bytes) -> bool:
    """Whether this is the signature of these bytes by this public key, both base64."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key or "", validate=True))
        public.verify(base64.b64decode(signature or "", validate=True), content)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def read_public(text: str) -> str:
    """A public key as base64, from such text or from a file that holds it, as base64 or PEM. Raises ConfigError."""
    if _KEY.fullmatch(text.strip()):
        return text.strip()
    try:
        content = Path(text).expanduser().read_bytes()[:_LARGEST]
        found = content.decode("ascii").strip()
        return found if _KEY.fullmatch(found) else _public_pem(content)
    except (OSError, ValueError, TypeError) as error:
        shown = "given as text" if "-----" in text else repr(text)  # it may be the private one
        raise ConfigError(
            f"key {shown}: cannot be read as a public key: {type(error).__name__}; expected 44 characters of base64, "
            "or a file that holds them, or PEM. Cure: openssl pkey -in KEY.pem -pubout -out PUBLIC.pem."
        ) from None


def _public_pem(content: bytes) -> str:
    require()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(content)
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("a key of another kind")
    return _raw_text(key)


def require() -> None:
    """Raises ConfigError where the package that signs and verifies is not installed."""
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise ConfigError(
            "signatures need the package `cryptography`, which is not installed. "
            "Cure: pip install 'churn-mlops[signing]'."
        ) from None


@cache
def _private_key(text: str):
    require()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem = text.encode() if "-----BEGIN" in text else Path(text).expanduser().read_bytes()
        key = load_pem_private_key(pem.replace(b"\\n", b"\n"), None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"{VARIABLE}: cannot be read as a private key: {type(error).__name__}; expected PEM without a passphrase, "
            f"or the path of such a file. Cure: openssl genpkey -algorithm ed25519 -out KEY.pem; {VARIABLE}=KEY.pem."
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(
            f"{VARIABLE}: holds a key of another kind; expected Ed25519. Cure: openssl genpkey -algorithm ed25519."
        )
    return key


def _public_text(key) -> str:
    return _raw_text(key.public_key())


def _raw_text(key) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
