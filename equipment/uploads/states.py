"""What a firm's system can bring, and what became of it. Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class UploadKind(Labelled):
    PERSON = "person", N_("Technician"), "blue"
    CONTRACT = "contract", N_("Maintenance contract"), "blue"
    VISIT = "visit", N_("Maintenance record"), "blue"


class UploadStep(Labelled):
    """What one message asked for."""

    PERSON = "person", N_("Technician"), "blue"
    CONTRACT = "contract", N_("Maintenance contract"), "blue"
    CONTRACT_PAPER = "contract_paper", N_("Paper of a contract"), "blue"
    VISIT = "visit", N_("Maintenance record"), "blue"
    ANSWERS = "answers", N_("Answers to items"), "blue"
    PHOTO = "photo", N_("Photo of an item"), "blue"
    SIGNATURE = "signature", N_("Signature of the use unit"), "blue"
    CORRECTION = "correction", N_("Correction of a record"), "blue"
    WITHDRAWAL = "withdrawal", N_("Withdrawal"), "blue"


class UploadOutcome(Labelled):
    RECORDED = "recorded", N_("Upload taken"), "green"
    AGAIN = "again", N_("Known already, nothing added"), "grey"
    REFUSED = "refused", N_("Upload refused"), "red"
    LATER = "later", N_("Told to send it later"), "amber"


def outcome_of(status: int, *, is_new: bool) -> UploadOutcome:
    """What a status of HTTP says became of a message; one that brings something new is answered 200 where it
    was there already."""
    if status == 201 or (status < 400 and not is_new):
        return UploadOutcome.RECORDED
    if status < 400:
        return UploadOutcome.AGAIN
    return UploadOutcome.LATER if status in (408, 429) or status >= 500 else UploadOutcome.REFUSED
