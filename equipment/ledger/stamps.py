"""Outside timestamps (可信时间戳, RFC 3161) of the nightly seals.

A stamp is the whole answer of the authority over the bytes of `000123-2026-11-23.json`, kept beside it as
`.tsr`: `openssl ts -verify` reads both. An authority that does not answer is asked again the next night for
every seal that has no stamp yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from equipment.core.config import Settings
from equipment.core.networks import urlopen
from equipment.ledger.seals import StampFailed, files, stamp_of, write_whole

SECONDS, LARGEST = 30, 1_000_000  # how long an authority may take, and how much it may say


@dataclass(frozen=True, slots=True)
class Authority:
    """Who stamps: his address, empty where nobody does any more, and the certificates his stamps are checked
    against."""

    url: str
    certificates: tuple[Certificate, ...]

    def stamped(self, content: bytes) -> bytes:
        """A stamp over `content`, asked for and checked."""
        query = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
        request = Request(  # noqa: S310  (http or https: core/config.py)
            self.url, query.as_bytes(), {"Content-Type": "application/timestamp-query"}
        )
        try:
            with urlopen(request, timeout=SECONDS) as reply:
                answer: bytes = reply.read(LARGEST)
        except (OSError, HTTPException) as error:
            raise StampFailed(f"{self.url}: {error}") from error
        self.time_of(content, answer, nonce=query.nonce)
        return answer

    def time_of(self, content: bytes, stamp: bytes, *, nonce: int | None = None) -> datetime:
        """When `content` was stamped; StampFailed where the stamp is not this authority's over it."""
        roots = [
            certificate for certificate in self.certificates if certificate.subject == certificate.issuer
        ]
        others = [
            certificate for certificate in self.certificates if certificate.subject != certificate.issuer
        ]
        try:
            response = decode_timestamp_response(stamp)
            VerifierBuilder(roots=roots, intermediates=others, nonce=nonce).build().verify_message(
                response, content
            )
            return response.tst_info.gen_time
        except (ValueError, VerificationError) as error:
            raise StampFailed(str(error)) from error


def authority_of(settings: Settings) -> Authority | None:
    """The authority of this instance, if one was named: its certificates alone suffice to check stamps."""
    if not settings.tsa_certificates:
        return None
    certificates = load_pem_x509_certificates(Path(settings.tsa_certificates).read_bytes())
    return Authority(settings.tsa_url, tuple(certificates))


def stamp_seals(folder: Path, authority: Authority) -> int:
    """Stamp every seal that has no stamp; answers how many. StampFailed at the first that the authority does
    not stamp: the others wait with it."""
    waiting = [path for path in files(folder).values() if not stamp_of(path).exists()]
    for path in waiting:
        write_whole(stamp_of(path), [authority.stamped(path.read_bytes())])
    return len(waiting)
