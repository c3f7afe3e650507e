"""What a device asks for and is answered about its list."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from equipment.web.api import Query
from equipment.web.openapi import Answered

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class PassesQuery(Query):
    base: Digest | None = Field(
        None, description="`digest` of the list that the device has: the answer is the difference to it."
    )


class PublicKeyResponse(Answered):
    """A key that signs heads (JWK, P-256): pin them when the device is enrolled."""

    kid: str
    kty: str
    crv: str
    x: str
    y: str


class KeysResponse(Answered):
    keys: list[PublicKeyResponse]


class SignatureResponse(Answered):
    """r and s of ECDSA (P-256, SHA-256) over the bytes of `head`, in base64."""

    kid: str
    sig: str


class PassesResponse(Answered):
    """A list, or how it differs from the one the device has."""

    head: str = Field(
        description="JSON text, exactly as it is signed: station, device, sequence, digest, as_of, "
        "expires_at, licences (gas: last day), people (user id: last day of the certificate), cards "
        "(last four characters: user ids), scales, keys."
    )
    signatures: list[SignatureResponse] = Field(description="One by each key of the ring.")
    base: str | None = Field(description="The digest of the list that `gone` and `came` go by; null: whole.")
    gone: list[int] = Field(description="Places (from 0) of the base's lines that are no longer there.")
    came: str = Field(
        description="The lines that came, or all of them. Of each, between tabs: label, gas, last day (days "
        "since 2020-01-01, base 36; empty: none), tare and highest gross in g (base 36), own number, stamped "
        "number, further numbers between blanks. The list is its lines in the order of their code points; "
        "`digest` is its SHA-256."
    )
