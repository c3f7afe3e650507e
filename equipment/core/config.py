"""Every setting once: name, default, environment variable, meaning.
docs/settings.md is printed from this table."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from equipment.core.networks import Network, networks_in

ROOT = Path(__file__).resolve().parents[2]


NUMBER, FLAG = r"[1-9]\d*", "[01]"
HALF_A_YEAR = r"1[89]\d|[2-9]\d\d|[1-9]\d{3,4}"  # days, 180 or more


def setting(default: str, env: str, meaning: str, form: str = ".*") -> Any:
    """A field that reads `env` from the environment; `meaning` goes to docs/settings.md,
    `form` is how a value must look."""
    return field(default=default, metadata={"env": env, "meaning": meaning, "form": form})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings as text; the properties below give them their types."""

    instance: str = setting(
        str(ROOT / "instance"), "INSTANCE", "Folder of the database, files, keys and seals"
    )
    database_url: str = setting(
        "",
        "DATABASE_URL",
        "SQLAlchemy URL; empty means the embedded SQLite database instance/tracker.db",
        r"[a-z0-9+]+://.*",
    )
    public_url: str = setting(
        "",
        "PUBLIC_URL",
        "Address etched into labels, such as https://tz.example.gov.cn; without it labels are refused",
        r"https?://[^\s/?#]+[^\s?#]*",
    )
    trusted_proxies: str = setting(
        "0", "TRUSTED_PROXIES", "How many reverse proxies in front set X-Forwarded-*", r"\d+"
    )
    city_name: str = setting("白银市", "CITY_NAME", "Name of the city on pages and prints")
    city_area: str = setting(
        "6204", "CITY_AREA", "Area code (GB/T 2260, without trailing zeros) of the city", r"\d{2,6}"
    )
    bureau_name: str = setting(
        "白银市市场监督管理局", "BUREAU_NAME", "Name of the bureau on prints and the public page"
    )
    footer_registration: str = setting(
        "", "FOOTER_REGISTRATION", "ICP and public-security registration numbers for the public footer"
    )
    lowercase_codes: str = setting(
        "", "LOWERCASE_CODES", "1: label addresses in lower case, for scanners that dislike upper case", FLAG
    )
    web_threads: str = setting(
        "32", "WEB_THREADS", "How many requests one web worker answers at once", NUMBER
    )
    upload_limit_mb: str = setting("20", "UPLOAD_LIMIT_MB", "Largest file accepted, in MiB", NUMBER)
    desk_session_minutes: str = setting(
        "120", "DESK_SESSION_MINUTES", "A desk session ends after this many idle minutes", NUMBER
    )
    session_hours: str = setting(
        "24", "SESSION_HOURS", "A session ends this many hours after signing in, used or not", NUMBER
    )
    sign_in_days: str = setting(
        "200",
        "SIGN_IN_DAYS",
        "Sign-ins and refusals stay on file for this many days, 180 at the least",
        HALF_A_YEAR,
    )
    lockout_tries: str = setting(
        "5",
        "LOCKOUT_TRIES",
        "This many wrong passwords (or PINs) in a row from one place lock the account there",
        NUMBER,
    )
    lockout_minutes: str = setting(
        "15", "LOCKOUT_MINUTES", "How long it is locked there; each further wrong try doubles it", NUMBER
    )
    totp: str = setting(
        "off",
        "TOTP",
        "A second factor for administrators and supervisors: off, offered, or required before anything else",
        "off|offered|required",
    )
    sign_in_rate: str = setting(
        "30 per minute;300 per hour", "SIGN_IN_RATE", "How often one address may try to sign in"
    )
    demo: str = setting("", "DEMO", "1: a demonstration city; opens /demo and marks every print 样张", FLAG)
    sample_labels: str = setting("", "SAMPLE_LABELS", "1: print labels without PUBLIC_URL, marked 样张", FLAG)
    mail_url: str = setting(
        "", "MAIL_URL", "Apprise URL through which mail leaves, such as mailtos://user:password@example.cn"
    )
    sms_url: str = setting(
        "",
        "SMS_URL",
        "Address of the SMS gateway (equipment/reminders/sms.py says what it is sent)",
        r"https?://\S+",
    )
    sms_key: str = setting("", "SMS_KEY", "Bearer token of the SMS gateway")
    sms_template: str = setting(
        "", "SMS_TEMPLATE", "Id of the gateway's template; its parameters are count and text"
    )
    webhook_networks: str = setting(
        "",
        "WEBHOOK_NETWORKS",
        "Private networks that webhooks may lead into, such as 10.20.0.0/16, 192.168.5.9; empty: none",
    )
    ledger_digest: str = setting(
        "sha256",
        "LEDGER_DIGEST",
        "Digest of the ledger, sha256 or sm3; chosen before its first line",
        "sha256|sm3",
    )
    tsa_url: str = setting(
        "", "TSA_URL", "RFC 3161 authority that stamps the nightly seals; empty: none does", r"https?://.*"
    )
    tsa_certificates: str = setting(
        "",
        "TSA_CERTIFICATES",
        "PEM file of the certificates that its stamps are checked against, root included",
    )
    mqtt_url: str = setting(
        "",
        "MQTT_URL",
        "MQTT broker of the lifts' gateways, such as mqtts://tracker:password@broker.example.cn:8883; "
        "empty: none is listened to",
        r"mqtts?://\S+",
    )
    mqtt_ca: str = setting(
        "",
        "MQTT_CA",
        "PEM file that the certificate of the MQTT broker is checked against; empty: the system's",
    )
    chongqing: str = setting(
        "",
        "CHONGQING",
        "1: maintenance firms may also connect by the elevator upload interface of Chongqing "
        "(docs/chongqing.md)",
        FLAG,
    )
    log_level: str = setting("INFO", "LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", "DEBUG|INFO|WARNING|ERROR")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, **values: str) -> Settings:
        stated = {f.name: environ[f.metadata["env"]] for f in fields(cls) if environ.get(f.metadata["env"])}
        return cls(**{**stated, **values})

    def misread(self) -> list[str]:
        """What is wrong with these settings, a line each;
        values are not repeated, since some hold passwords."""
        unread = [
            f"{f.metadata['env']} cannot be understood. It means: {f.metadata['meaning']}."
            for f in fields(self)
            if getattr(self, f.name) and not re.fullmatch(f.metadata["form"], getattr(self, f.name))
        ]
        if self.tsa_certificates and not Path(self.tsa_certificates).is_file():
            unread.append("TSA_CERTIFICATES names no file.")
        elif self.tsa_url and not self.tsa_certificates:
            unread.append("TSA_URL needs TSA_CERTIFICATES: a stamp that cannot be checked is not kept.")
        if self.mqtt_ca and not Path(self.mqtt_ca).is_file():
            unread.append("MQTT_CA names no file.")
        try:
            self.webhook_targets  # noqa: B018
        except ValueError:
            unread.append("WEBHOOK_NETWORKS names something that is no network.")
        return unread

    @property
    def webhook_targets(self) -> list[Network]:
        """The private networks that webhooks may lead into."""
        return networks_in(self.webhook_networks)

    @property
    def folder(self) -> Path:
        return Path(self.instance)

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.folder / 'tracker.db'}"

    @property
    def is_demo(self) -> bool:
        return self.demo == "1"

    @property
    def speaks_chongqing(self) -> bool:
        return self.chongqing == "1"

    @property
    def upload_limit(self) -> int:
        return int(self.upload_limit_mb) * 1024 * 1024


def key_file(folder: Path, name: str) -> list[str]:
    """The keys of `folder/keys/name`, newest last; a first one is made when there is none (mode 0600)."""
    path = folder / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
    return path.read_text().split()
