"""`flask labels print` as an administrator types it: a process of its own, on this test's database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from sqlalchemy import select

from equipment.core.config import ROOT, Settings
from equipment.people.rules import OrganisationKind
from equipment.register.models import Label
from equipment.register.rules import LabelStatus
from equipment.storage.db import session
from tests import make


def typed(
    settings: Settings, out: Path, *more: str, public_url: str = "https://tz.test.cn"
) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": os.environ["PATH"],
        "INSTANCE": settings.instance,
        "DATABASE_URL": settings.database_url,
        "PUBLIC_URL": public_url,
    }
    command = [sys.executable, "-m", "flask", "labels", "print", "--out", str(out), *more]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def test_blank_labels_are_issued_and_every_one_of_them_decodes(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    make.organisation(OrganisationKind.REGULATOR)
    done = typed(settings, tmp_path / "blank.pdf", "--blank", "30")
    assert done.returncode == 0, done.stderr
    labels = session.scalars(select(Label)).all()
    assert {(each.status, each.equipment_id) for each in labels} == {(LabelStatus.ISSUED, None)}
    pages = pypdfium2.PdfDocument(tmp_path / "blank.pdf")
    read = [
        code.text
        for page in pages
        for code in zxingcpp.read_barcodes(
            page.render(scale=150 / 72).to_pil(), formats=zxingcpp.BarcodeFormat.QRCode
        )
    ]
    assert sorted(read) == sorted(f"HTTPS://TZ.TEST.CN/T/{each.code}" for each in labels)
    assert len(read) == 30


@pytest.mark.parametrize(
    ("more", "public_url", "said"),
    [
        (("--blank", "3"), "", "PUBLIC_URL"),
        (("--blank", "0"), "https://tz.test.cn", "1<=x<=20000"),
        (("--blank", "3", "--organisation", "没有"), "https://tz.test.cn", "没有"),
    ],
)
def test_what_cannot_be_printed_issues_nothing(
    app: Flask, settings: Settings, tmp_path: Path, more: tuple[str, ...], public_url: str, said: str
) -> None:
    make.organisation(OrganisationKind.REGULATOR)
    done = typed(settings, tmp_path / "none.pdf", *more, public_url=public_url)
    assert (done.returncode != 0, said in done.stderr, (tmp_path / "none.pdf").exists()) == (
        True,
        True,
        False,
    )
    assert session.scalars(select(Label)).all() == []
