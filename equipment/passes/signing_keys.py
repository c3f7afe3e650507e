"""The keys that sign lists for the time without a network: ECDSA on P-256, which every browser can verify.

The ring stands beside that of the labels, so that backups hold it. Every key of it signs: a phone which knows
an older one learns the newest from a head that its own key proves.
"""

from __future__ import annotations

import base64
import secrets
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypedDict

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from equipment.core.config import key_file

RING = "passes"
CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-5)
SIZE = 32  # bytes of a coordinate
_seeds: tuple[str, ...] = ()


class PublicKey(TypedDict):
    """A public key as browsers import it (JWK), with the id by which signatures name it."""

    kid: str
    kty: str
    crv: str
    x: str
    y: str


class KeySignature(TypedDict):
    """r and s of a signature, one behind the other, in base64."""

    kid: str
    sig: str


class SigningKey(NamedTuple):
    """A private key and its public side."""

    private: ec.EllipticCurvePrivateKey
    public: PublicKey


def connect(folder: Path) -> None:
    """Read the ring of `folder`/keys/passes, making its first key; called once by the wiring of each
    process."""
    global _seeds
    _seeds = tuple(key_file(folder, RING))


def public_keys() -> list[PublicKey]:
    """The public sides of the whole ring, the newest last."""
    return [_key(seed).public for seed in _ring()]


def signatures(message: bytes) -> list[KeySignature]:
    """The message signed by every key of the ring."""
    return [_signed(_key(seed), message) for seed in _ring()]


def add_key(folder: Path) -> PublicKey:
    """A new key at the end of the ring; running processes sign with it once they have started anew."""
    seed = secrets.token_hex(SIZE)
    key_file(folder, RING)
    with (folder / "keys" / RING).open("a") as file:
        file.write(seed + "\n")
    return _key(seed).public


def _ring() -> tuple[str, ...]:
    if not _seeds:
        raise RuntimeError("the key ring is not connected")
    return _seeds


@cache
def _key(seed: str) -> SigningKey:
    private = ec.derive_private_key(int(seed, 16) % (CURVE_ORDER - 1) + 1, ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    x, y = (number.to_bytes(SIZE, "big") for number in (numbers.x, numbers.y))
    kid = sha256(x + y).hexdigest()[:16]
    return SigningKey(private, {"kid": kid, "kty": "EC", "crv": "P-256", "x": _url(x), "y": _url(y)})


def _signed(key: SigningKey, message: bytes) -> KeySignature:
    r, s = decode_dss_signature(key.private.sign(message, ec.ECDSA(hashes.SHA256())))
    both = r.to_bytes(SIZE, "big") + s.to_bytes(SIZE, "big")
    return {"kid": key.public["kid"], "sig": base64.b64encode(both).decode()}


def _url(number: bytes) -> str:
    return base64.urlsafe_b64encode(number).rstrip(b"=").decode()
