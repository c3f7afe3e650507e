"""The triggers that count, put into a database: after every change of its shape, since moving a table to
another shape loses its triggers on SQLite."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import Connection

from equipment.counting.rules import (
    COLUMNS,
    STEPS,
    SUBJECTS,
    TABLE,
    CountedSubject,
    full_count,
    postgresql_function,
    postgresql_trigger,
    sqlite_trigger,
    trigger_name,
)


def install(engine: Engine) -> bool:
    """Put those that are missing or not as they must be in place, and count their subjects anew; True when
    something was done."""
    own = create_engine(engine.url, isolation_level="AUTOCOMMIT")  # as migrations have one
    try:
        with own.connect() as connection:
            wanted = [subject for subject in SUBJECTS if not _stand(connection, subject)]
            for subject in wanted:
                connection.exec_driver_sql("BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "BEGIN")
                _put(connection, subject)
                connection.exec_driver_sql("COMMIT")
    finally:
        own.dispose()
    return bool(wanted)


def _statements(connection: Connection, subject: CountedSubject) -> dict[str, str]:
    make = sqlite_trigger if connection.dialect.name == "sqlite" else postgresql_trigger
    return {trigger_name(subject, step): make(subject, step) for step in STEPS}


def _stand(connection: Connection, subject: CountedSubject) -> bool:
    statements = _statements(connection, subject)
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"),
            {"table": subject.table},
        )
        there = {row.name: row.sql for row in rows}
        return all(there.get(name) == statement for name, statement in statements.items())
    body = connection.scalar(
        text(
            "SELECT prosrc FROM pg_proc WHERE proname = :name"
            " AND pronamespace = current_schema()::regnamespace"
        ),
        {"name": f"counted_{subject.name}"},
    )
    comments = connection.execute(
        text(
            "SELECT tgname, obj_description(oid, 'pg_trigger') AS statement FROM pg_trigger"
            " WHERE tgrelid = to_regclass(:table)"
        ),
        {"table": subject.table},
    )
    there = {row.tgname: row.statement for row in comments}
    return body is not None and all(
        there.get(name) == statement and body in postgresql_function(subject)
        for name, statement in statements.items()
    )


def _put(connection: Connection, subject: CountedSubject) -> None:
    """Behind the writer's lock, or that of the table: nothing is written between the triggers and the
    count."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.exec_driver_sql(f"LOCK TABLE {subject.table} IN SHARE ROW EXCLUSIVE MODE")
        connection.exec_driver_sql(postgresql_function(subject))
    for name, statement in _statements(connection, subject).items():
        on_table = "" if is_sqlite else f" ON {subject.table}"
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on_table}")
        connection.exec_driver_sql(statement)
        if not is_sqlite:
            quoted = statement.replace("'", "''")
            connection.exec_driver_sql(f"COMMENT ON TRIGGER {name}{on_table} IS '{quoted}'")
    connection.exec_driver_sql(f"DELETE FROM {TABLE} WHERE subject = '{subject.name}'")
    counts = full_count(subject)
    connection.exec_driver_sql(
        f"INSERT INTO {TABLE} ({COLUMNS}) SELECT '{subject.name}', counts.* FROM ({counts}) AS counts"
    )
