"""The words of imports: what is shipped, what the bureau has added, and a form for one more."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from equipment import web
from equipment.imports.asking import add_word
from equipment.imports.queries import own_words, words_in_force
from equipment.imports.result_rules import RESULTS
from equipment.imports.visit_rules import VISIT_FILES
from equipment.imports.word_books import PEOPLE, WordBook, word_book
from equipment.people.rules import Action, Thing
from equipment.register import lists
from equipment.rules.queries import may_decide
from equipment.web.forms import AtMost, ChoiceField, Form, needed, stripped, submitted
from equipment.web.language import translate

pages = Blueprint("import_words", __name__, url_prefix="/register/import/words")
MARK = ":"


class WordForm(Form):
    """A word and what it means; `meaning` holds what it is for too (status:stopped)."""

    category = HiddenField()
    word = StringField(_l("Word in workbooks"), [needed, AtMost(60)], filters=[stripped])
    meaning = ChoiceField(_l("Means"))


@pages.get("")
@web.allows(Action.SEE, Thing.IMPORT)
def listed() -> web.Answer:
    return _page(_book(request.args.get("category", "")))


@pages.post("")
@web.allows(Action.APPROVE, Thing.RULE)
def add() -> web.Answer:
    book = _book(WordForm().category.data or "")
    form = _form(book)

    def added() -> object:
        about, _, meaning = form.meaning.data.partition(MARK)
        return add_word(book.key, about, form.word.data, meaning, by=web.viewer())

    if submitted(form, added):
        flash(gettext("The word holds from today for every import."), "success")
        return redirect(url_for("import_words.listed", category=book.key))
    return _page(book, form), 422


def _books() -> list[WordBook]:
    keys = [kind.key for kind in lists.categories_of(web.viewer())]
    return [word_book(key) for key in (*keys, RESULTS, VISIT_FILES, PEOPLE)]


def _book(key: str) -> WordBook:
    books = _books()
    return next((book for book in books if book.key == key), books[0])


def _form(book: WordBook) -> WordForm:
    form = WordForm(category=book.key)
    form.meaning.choices = [
        (f"{about}{MARK}{value}", f"{translate(name)} → {translate(label)}")
        for about, name in book.purposes.items()
        for value, label in book.meanings[about].items()
    ] + [
        (f"{about}{MARK}", f"{translate(name)} → {gettext('no meaning any more')}")
        for about, name in book.purposes.items()
    ]
    return form


def _page(book: WordBook, form: WordForm | None = None) -> str:
    vocabulary, names = words_in_force(book.key, book.shipped), book.purposes
    own = {(row.about, row.word): row for row in own_words(book.key)}
    tables = [
        (
            translate(name),
            [
                (
                    translate(label),
                    sorted(
                        (word, (about, word) in vocabulary.unsure)
                        for word, meaning in vocabulary.of(about).items()
                        if meaning == value
                    ),
                )
                for value, label in book.meanings[about].items()
                if value in vocabulary.of(about).values()
            ],
        )
        for about, name in names.items()
    ]
    return render_template(
        "imports/words.html",
        book=book,
        books=_books(),
        tables=[(name, rows) for name, rows in tables if rows],
        own=[
            (
                row,
                translate(names.get(row.about, row.about)),
                translate(book.meanings.get(row.about, {}).get(row.meaning, "")),
            )
            for row in reversed(list(own.values()))
        ],
        form=form or _form(book),
        may_add=may_decide(web.viewer()),
    )
