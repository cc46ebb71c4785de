"""Ed25519 signatures of records: with CHURN_SIGNING_KEY each record is signed by who writes it.

The variable holds a private key in PEM, or the path of a file that does; it is read here and written nowhere. The
package `cryptography` is loaded only then.
"""

import base64
import os
from functools import cache
from pathlib import Path

from churn_mlops.errors import ConfigError
from churn_mlops.registry.audit.record import Record, plain, signed_part

VARIABLE = "CHURN_SIGNING_KEY"


def sign(said: dict) -> dict:
    """What a record says, with the public key and its signature where there is a key to sign with."""
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return said
    key = _private_key(text)
    said = said | {"key": _public_text(key)}
    return said | {"signature": base64.b64encode(key.sign(plain(said))).decode()}


def own_key() -> str | None:
    """The public key of CHURN_SIGNING_KEY, base64; None without one. Raises ConfigError for a wrong one."""
    text = os.environ.get(VARIABLE, "").strip()
    return _public_text(_private_key(text)) if text else None


def is_signed_rightly(record: Record) -> bool:
    """Whether the signature is by the key that the record names, and of this record."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(record.key or "", validate=True))
        key.verify(base64.b64decode(record.signature or "", validate=True), signed_part(record))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


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
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
