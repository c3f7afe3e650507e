"""Evidence packs (存证包): what is on record about a piece or record, for anybody to check (docs/ledger.md)."""
