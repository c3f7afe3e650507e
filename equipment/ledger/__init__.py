"""The append-only event chain: one chain per subject, sealed daily, verifiable (docs/ledger.md)."""
