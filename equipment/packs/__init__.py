"""Evidence packs (存证包): what is on record about one piece or record, to be checked by anybody (docs/ledger.md)."""
