"""`bin/serve --tls`: a local authority and a certificate, made once with openssl,
so that phones give camera and offline."""

from __future__ import annotations

import ipaddress
import os
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

CA_DAYS, CERTIFICATE_DAYS = 3650, 397


def certificate_for(instance: Path, host: str) -> tuple[Path, Path]:
    """(certificate, key) for `host`, this machine's name and localhost;
    the authority to install on phones is tls/ca.crt."""
    folder = instance / "tls"
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / "server.crt", folder / "server.key"
    wanted = names(host)
    remembered = folder / "names.txt"
    fits = certificate.exists() and remembered.exists() and remembered.read_text() == wanted
    if fits and _still_valid(certificate):
        return certificate, key
    if not (folder / "ca.crt").exists():
        _make_authority(folder)
    _sign(folder, wanted)
    for secret in ("ca.key", "server.raw", "server.key"):
        os.chmod(folder / secret, 0o600)
    remembered.write_text(wanted)
    return certificate, key


def _make_authority(folder: Path) -> None:
    """ca.key and ca.crt: what phones install once."""
    _openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        str(CA_DAYS),
        "-keyout",
        folder / "ca.key",
        "-out",
        folder / "ca.crt",
        "-subj",
        "/CN=Equipment tracker local CA",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
    )


def _sign(folder: Path, wanted: str) -> None:
    """server.key and server.crt for these names, signed by the authority."""
    _openssl(
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        folder / "server.raw",
        "-out",
        folder / "server.csr",
        "-subj",
        "/CN=Equipment tracker",
    )
    _openssl("pkcs8", "-topk8", "-nocrypt", "-in", folder / "server.raw", "-out", folder / "server.key")
    (folder / "extensions.cnf").write_text(
        f"subjectAltName={wanted}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"
    )
    _openssl(
        "x509",
        "-req",
        "-in",
        folder / "server.csr",
        "-CA",
        folder / "ca.crt",
        "-CAkey",
        folder / "ca.key",
        "-CAcreateserial",
        "-days",
        str(CERTIFICATE_DAYS),
        "-out",
        folder / "server.crt",
        "-extfile",
        folder / "extensions.cnf",
    )


def names(host: str) -> str:
    """The subjectAltName: localhost, the machine's name and addresses, and the host asked for."""
    alternatives = ["DNS:localhost", "IP:127.0.0.1", f"DNS:{socket.gethostname()}"]
    # a machine without a resolvable name still serves localhost and the host asked for
    with suppress(socket.gaierror):
        alternatives += [
            f"IP:{address[4][0]}"
            for address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
        ]
    try:
        alternatives.append(f"IP:{ipaddress.ip_address(host)}")
    except ValueError:
        alternatives.append(f"DNS:{host}")
    return ",".join(dict.fromkeys(name for name in alternatives if name != "IP:0.0.0.0"))


def _still_valid(certificate: Path) -> bool:
    return (
        subprocess.run(
            ["openssl", "x509", "-checkend", "604800", "-noout", "-in", certificate],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )


def _openssl(*command: str | Path) -> None:
    done = subprocess.run(["openssl", *map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"openssl {command[0]}: {done.stderr.strip()}")
