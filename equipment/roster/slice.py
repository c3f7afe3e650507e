"""People by workbook: lists read, checked, added, their one-time passwords handed out."""

from __future__ import annotations

from equipment.imports.word_books import people_words
from equipment.roster import views
from equipment.roster.judging import word_book
from equipment.web.slices import Slice

SLICE = Slice(package="equipment.roster", pages=(views.pages,), answers=((people_words, word_book),))
