"""Walls that the database itself holds: append-only tables, frozen columns, row-level security.

Declared here once and installed again after every migration, because a batch alter on SQLite rebuilds a
table and silently drops its triggers.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from lexapp.database import Base
from lexapp.models.entry_walls import install_entry_walls
from lexapp.models.walled_columns import APPEND_ONLY, FROZEN_COLUMNS

# Tables that are not walled off by firm, and why.
NOT_BY_FIRM = {
    "firms": "read to choose a firm at sign-in",
    "users": "a person may belong to several firms",
    "memberships": "read to find a person's firms",
    "sessions": "read before the firm is known",
    "mailed_tokens": "looked up by a random token before the firm is known",
    "sign_in_attempts": "counted before the firm is known",
    "invoice_links": "looked up by a random id before the firm is known",
    "outbox_messages": "claimed by the worker for every firm; payloads hold ids only",
}


def firm_tables() -> list[str]:
    """Every table that row-level security covers: all with a firm_id, less the exceptions above."""
    return sorted(t.name for t in Base.metadata.tables.values() if "firm_id" in t.c and t.name not in NOT_BY_FIRM)


def install_walls(connection: Connection, application_role: str | None = None) -> None:
    """Install every trigger and policy afresh on the tables that exist. Idempotent.

    `application_role`: on PostgreSQL, the role the application connects as, when it is not the owner.
    """
    present = set(inspect(connection).get_table_names())
    install_entry_walls(connection, present)
    if connection.dialect.name == "sqlite":
        _install_sqlite(connection, present)
    else:
        _install_postgresql(connection, present)
        if application_role:
            _grant(connection, present, application_role)


def _install_sqlite(connection: Connection, present: set[str]) -> None:
    for table in sorted(present & set(APPEND_ONLY)):
        for verb in ("UPDATE", "DELETE"):
            _sqlite_trigger(connection, f"wall_{table}_{verb.lower()}", f"BEFORE {verb} ON {table}", f"{table} is append-only")
    for table in sorted(present & set(FROZEN_COLUMNS)):
        changed = " OR ".join(f"(OLD.{c} IS NOT NULL AND NEW.{c} IS NOT OLD.{c})" for c in FROZEN_COLUMNS[table])
        _sqlite_trigger(connection, f"wall_{table}_update", f"BEFORE UPDATE ON {table} WHEN {changed}", f"{table} is frozen")
        _sqlite_trigger(connection, f"wall_{table}_delete", f"BEFORE DELETE ON {table}", f"{table} may not be deleted")


def _sqlite_trigger(connection: Connection, name: str, when: str, message: str) -> None:
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")


_POSTGRESQL_FUNCTIONS = """
CREATE OR REPLACE FUNCTION lexapp_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE OR REPLACE FUNCTION lexapp_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  old_row jsonb := to_jsonb(OLD);
  new_row jsonb := to_jsonb(NEW);
  name text;
BEGIN
  FOREACH name IN ARRAY TG_ARGV LOOP
    IF old_row -> name <> 'null'::jsonb AND old_row -> name IS DISTINCT FROM new_row -> name THEN
      RAISE EXCEPTION '%.% is frozen', TG_TABLE_NAME, name;
    END IF;
  END LOOP;
  RETURN NEW;
END $$;
"""


def _install_postgresql(connection: Connection, present: set[str]) -> None:
    connection.execute(text(_POSTGRESQL_FUNCTIONS.replace(":=", r"\:=").replace("::jsonb", r"\:\:jsonb")))
    for table in sorted(present & set(APPEND_ONLY)):
        _postgresql_trigger(connection, table, "append_only", f"BEFORE UPDATE OR DELETE ON {table}", "lexapp_refuse()")
        _postgresql_trigger(connection, table, "truncate", f"BEFORE TRUNCATE ON {table}", "lexapp_refuse()", "STATEMENT")
    for table in sorted(present & set(FROZEN_COLUMNS)):
        columns = ", ".join(f"'{c}'" for c in FROZEN_COLUMNS[table])
        _postgresql_trigger(connection, table, "frozen", f"BEFORE UPDATE ON {table}", f"lexapp_frozen({columns})")
        _postgresql_trigger(connection, table, "kept", f"BEFORE DELETE ON {table}", "lexapp_refuse()")
    for table in firm_tables():
        if table in present:
            _row_level_security(connection, table)


def _postgresql_trigger(connection: Connection, table: str, name: str, when: str, call: str, level: str = "ROW") -> None:
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS wall_{name} ON {table}")
    connection.exec_driver_sql(f"CREATE TRIGGER wall_{name} {when} FOR EACH {level} EXECUTE FUNCTION {call}")


def _row_level_security(connection: Connection, table: str) -> None:
    """FORCE makes the policy bind the owner too; a missing firm is an error, never an empty answer by chance.

    Backups read every firm's rows: only the owner, only reading, only where it asked for that by a setting of its transaction.
    """
    connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    connection.exec_driver_sql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    connection.exec_driver_sql(f"DROP POLICY IF EXISTS firm_wall ON {table}")
    mine = "firm_id = current_setting('app.firm_id')::bigint"
    connection.exec_driver_sql(f"CREATE POLICY firm_wall ON {table} USING ({mine}) WITH CHECK ({mine})")
    connection.exec_driver_sql(f"DROP POLICY IF EXISTS whole_backup ON {table}")
    asked = "current_setting('app.every_firm', true) = 'on'"
    connection.exec_driver_sql(f"CREATE POLICY whole_backup ON {table} FOR SELECT TO CURRENT_USER USING ({asked})")


def _grant(connection: Connection, present: set[str], role: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(role)
    for table in sorted(present):
        verbs = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        connection.exec_driver_sql(f"REVOKE ALL ON {table} FROM {quoted}")
        connection.exec_driver_sql(f"GRANT {verbs} ON {table} TO {quoted}")
    connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
